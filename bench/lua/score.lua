-- args: the board, how many players there are, milliseconds between two requests (0: none), a seed.
dofile("report.lua")

local HIGHEST = 1000000000
local board, players

function init(args)
    board, players = args[1], tonumber(args[2])
    local pause = tonumber(args[3])
    math.randomseed(tonumber(args[4]))
    if pause > 0 then
        function delay() return pause * (0.5 + math.random()) end
    end
end

function request()
    local player = math.random(0, players - 1)
    return wrk.format("POST", nil, nil, string.format(
        '{"board":"%s","player":"p%08d","score":%d,"name":"Player %d"}', board, player, math.random(0, HIGHEST), player
    ))
end
