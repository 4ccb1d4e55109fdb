-- args: the board, how many players there are, how many scores in one request, a seed.
dofile("report.lua")

local HIGHEST = 1000000000
local board, players, size

function init(args)
    board, players, size = args[1], tonumber(args[2]), tonumber(args[3])
    math.randomseed(tonumber(args[4]))
end

function request()
    local scores = {}
    for i = 1, size do
        local player = math.random(0, players - 1)
        scores[i] = string.format(
            '{"board":"%s","player":"p%08d","score":%d,"name":"Player %d"}',
            board, player, math.random(0, HIGHEST), player
        )
    end
    return wrk.format("POST", nil, nil, '{"scores":[' .. table.concat(scores, ",") .. ']}')
end
