#!lua name=highscores_admission_@
-- Lets requests of one caller in, or says why not. KEYS[1] names the caller (a hash tag). The one argument is packed:
-- {tokens per second, most tokens, seconds to keep fingerprints, requests}; a request is {tokens that it costs, digest
-- of its idempotency key or '', fingerprint of its content}. Returns for each request 0 (let in), -1 (the key came with
-- another content), or in how many milliseconds there will be tokens enough. What is refused changes nothing.
local function admit(keys, args)
    local rate, burst, keep_s, requests = unpack(cmsgpack.unpack(args[1]))
    local time = redis.call('TIME')
    local now = time[1] + time[2] / 1000000
    local bucket = keys[1] .. ':bucket'
    local tokens, at = burst, now
    local stored = redis.call('GET', bucket)
    if stored then
        tokens, at = unpack(cmsgpack.unpack(stored))
    end
    tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
    local outcomes = {}
    for i, request in ipairs(requests) do
        local cost, key, fingerprint = unpack(request)
        local seen = key ~= '' and redis.call('GET', keys[1] .. ':key:' .. key)
        -- What costs more than the bucket holds is let in when it is full, and leaves a debt.
        local missing = math.min(cost, burst) - tokens
        if seen and seen ~= fingerprint then
            outcomes[i] = -1
        elseif missing > 0 then
            outcomes[i] = math.ceil(missing / rate * 1000)
        else
            tokens = tokens - cost
            if key ~= '' then
                redis.call('SET', keys[1] .. ':key:' .. key, fingerprint, 'EX', keep_s)
            end
            outcomes[i] = 0
        end
    end
    -- A full bucket is like none.
    local until_full_ms = math.ceil((burst - tokens) / rate * 1000) + 1000
    redis.call('SET', bucket, cmsgpack.pack({tokens, now}), 'PX', until_full_ms)
    return outcomes
end

redis.register_function('highscores_admit_@', admit)
