#!lua name=highscores_jobs_@
-- Remembers how jobs ended. KEYS[1] is what the keys begin with, a hash tag in it; args: seconds to keep them, then job,
-- JSON, job, JSON... packed as one MessagePack array: one argument costs the caller less than a thousand.
local function record(keys, args)
    local states = cmsgpack.unpack(args[2])
    for i = 1, #states, 2 do
        redis.call('SET', keys[1] .. states[i], states[i + 1], 'EX', args[1])
    end
end

redis.register_function('highscores_jobs_record_@', record)
