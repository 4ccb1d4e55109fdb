-- args: boards, by commas, of which each request takes the next, how many players there are, how many scores in one request, a seed.
dofile("report.lua")

local HIGHEST = 1000000000
local boards, players, size, requests

function init(args)
    boards, players, size, requests = {}, tonumber(args[2]), tonumber(args[3]), 0
    for board in string.gmatch(args[1], "[^,]+") do
        boards[#boards + 1] = board
    end
    math.randomseed(tonumber(args[4]))
end

function request()
    local scores, board = {}, boards[requests % #boards + 1]
    requests = requests + 1
    for i = 1, size do
        local player = math.random(0, players - 1)
        scores[i] = string.format(
            '{"board":"%s","player":"p%08d","score":%d,"name":"Player %d"}',
            board, player, math.random(0, HIGHEST), player
        )
    end
    return wrk.format("POST", nil, nil, '{"scores":[' .. table.concat(scores, ",") .. ']}')
end
