-- args: the path with %s for the player, how many players there are, milliseconds between two requests (0: none).
-- Visits the players one after the other in a scattered order, so that none comes again while its answer is cached.
dofile("report.lua")

local STRIDE = 618033 -- coprime to the powers of ten, so every player has a turn
local template, players, player

function init(args)
    template, players = args[1], tonumber(args[2])
    player = math.floor(players / 3)
    local pause = tonumber(args[3])
    if pause > 0 then
        function delay() return pause * (0.5 + math.random()) end
    end
end

function request()
    player = (player + STRIDE) % players
    return wrk.format("GET", (template:gsub("%%s", string.format("p%08d", player))))
end
