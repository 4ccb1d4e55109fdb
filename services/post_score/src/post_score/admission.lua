#!lua name=highscores_admission_@
-- Lets requests of one caller in, or says why not. KEYS[1] names the caller (a hash tag). Arguments: tokens per second,
-- most tokens, seconds to remember idempotency keys, and the requests, 22 bytes each: the tokens that one costs, then
-- the digest of its caller and idempotency key (four bytes that choose a hash, seven that tell it apart there) and seven
-- bytes of the digest of its content, all zeros without a key. Returns for each request 0 (let in), -1 (the key came with
-- another content), or in how many milliseconds there will be tokens enough. What is refused changes nothing.
--
-- Idempotency keys of all callers stand in hashes that are small enough for Redis to pack them: some 23 bytes a key, where
-- a key of its own takes 150. (They have no hash tag: the jobs' Redis is a single one.) A hash is of one window, half as
-- long as keys are remembered, and vanishes as a whole; so a look-up asks three windows, and a key is remembered for its
-- time and up to half as long again.
local REQUEST = '>I4I4c7c7'
local NO_TAG = '\0\0\0\0\0\0\0'
local HASHES = 65536 -- in a window; at 1,000 keys a second and an hour each holds 27, and Redis packs up to 512
local WINDOWS = 3

local function hash_name(window, number)
    return string.format('keys-1:%d:%d', window, number % HASHES)
end

-- The content that the key came with, or nil.
local function look_up(window, number, tag)
    for before = 0, WINDOWS - 1 do
        local content = redis.call('HGET', hash_name(window - before, number), tag)
        if content then return content end
    end
end

local function remember(window, number, tag, content, ttl_s)
    local name = hash_name(window, number)
    redis.call('HSET', name, tag, content)
    redis.call('EXPIRE', name, ttl_s, 'NX')
end

local function admit(keys, args, may_remember)
    local caller, requests = keys[1], args[4]
    local rate, burst, remember_s = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
    local time = redis.call('TIME')
    local now = time[1] + time[2] / 1000000
    local window = math.floor(now / (remember_s / (WINDOWS - 1)))
    local ttl_s = math.ceil(remember_s * WINDOWS / (WINDOWS - 1))
    local bucket = caller .. ':bucket-1'
    local tokens, at = burst, now
    local stored = redis.call('GET', bucket)
    if stored and #stored == 16 then
        tokens, at = struct.unpack('>dd', stored)
    end
    tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
    local outcomes, count, position = {}, 0, 1
    while position <= #requests do
        local cost, number, tag, content, seen
        cost, number, tag, content, position = struct.unpack(REQUEST, requests, position)
        count = count + 1
        if tag ~= NO_TAG then seen = look_up(window, number, tag) end
        -- What costs more than the bucket holds is let in when it is full, and leaves a debt.
        local missing = math.min(cost, burst) - tokens
        if seen and seen ~= content then
            outcomes[count] = -1
        elseif missing > 0 then
            outcomes[count] = math.ceil(missing / rate * 1000)
        else
            tokens = tokens - cost
            outcomes[count] = 0
            if may_remember and tag ~= NO_TAG and not seen then
                remember(window, number, tag, content, ttl_s)
            end
        end
    end
    -- A full bucket is like none.
    local until_full_ms = math.ceil((burst - tokens) / rate * 1000) + 1000
    redis.call('SET', bucket, struct.pack('>dd', tokens, now), 'PX', until_full_ms)
    return outcomes
end

redis.register_function('highscores_admit_@', function(keys, args) return admit(keys, args, true) end)

-- The same on a Redis that is full: tokens are kept, and keys are looked up, and no new ones are remembered.
redis.register_function{
    function_name = 'highscores_admit_when_full_@',
    callback = function(keys, args) return admit(keys, args, false) end,
    flags = {'allow-oom'},
}
