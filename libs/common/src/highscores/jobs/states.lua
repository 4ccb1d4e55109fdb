#!lua name=highscores_jobs_@
-- Remembers how jobs ended. KEYS[1] is the shard (a hash tag); args: seconds to keep them, then job, JSON, job, JSON...
-- packed as one MessagePack array: one argument costs the caller less than a thousand. 1 is the number of the JSON's form.
local function record(keys, args)
    local states = cmsgpack.unpack(args[2])
    for i = 1, #states, 2 do
        redis.call('SET', keys[1] .. ':1:' .. states[i], states[i + 1], 'EX', args[1])
    end
end

redis.register_function('highscores_jobs_record_@', record)
