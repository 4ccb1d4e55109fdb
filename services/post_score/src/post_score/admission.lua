#!lua name=highscores_admission_@
-- Lets requests of one caller in, or says why not. KEYS[1] names the caller (a hash tag). Arguments: tokens per second,
-- most tokens, seconds to remember idempotency keys, and the requests, 22 bytes each: the tokens that one costs, then
-- the digest of its idempotency key (a number that places it, and a tag) and that of its content, all zeros without a
-- key. Returns for each request 0 (let in), -1 (the key came with another content), or in how many milliseconds there
-- will be tokens enough. What is refused changes nothing.
--
-- Idempotency keys stand in tables: strings with buckets of 16 slots of 16 bytes, an entry each: {when, tag, content}.
-- A bucket is a ring: an empty slot stands behind the newest entry and before the oldest, which goes first. A caller has
-- one table of the size that its load needs. When that changes, a new one is opened, and the one before is read for as
-- long as its entries are remembered. Why no hashes: measured on Redis 7.0, a table costs two commands and 29 bytes for
-- each key, a key of Redis 240 bytes; hashes of five minutes cost 13 look-ups, of 1 to 5 us each (25 to 100 entries).
local REQUEST, STATE, TABLE = '>I4I4c7c7', '>ddI4I4I4', '>ddI4I4'
local STATE_BYTES, TABLE_BYTES = 28, 24
local ENTRY, SLOTS, BUCKETS_IN_CHUNK = 16, 16, 255 -- with its header a chunk fills one of the allocator's sizes
local BUCKET = ENTRY * SLOTS
local NO_TAG, HOLE = '\0\0\0\0\0\0\0', '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
local TICKS, TICKS_IN_QUARTER, TICK_RANGE = 60, 15, 32768 -- the time to remember has so many ticks
local TARGET, FULL, SPARSE = 0.55, 0.65, 0.1 -- shares of slots that are used; below 1 % of keys go too early
local GROWTH, GROWTH_OF_LARGE, LARGE = 8, 2, 65536 -- a burst does not take much more than it needs

local function read_state(stored)
    if not stored or #stored < STATE_BYTES or (#stored - STATE_BYTES) % TABLE_BYTES ~= 0 then
        return nil
    end
    local state, tables = {tables = {}}, (#stored - STATE_BYTES) / TABLE_BYTES
    local position
    state.tokens, state.at, state.window, state.keys, state.keys_before, position = struct.unpack(STATE, stored)
    for i = 1, tables do
        local each = {}
        each.opened, each.closed, each.buckets, each.keys, position = struct.unpack(TABLE, stored, position)
        state.tables[i] = each
    end
    return state
end

local function write_state(name, state, ttl_ms)
    local packed = struct.pack(STATE, state.tokens, state.at, state.window, state.keys, state.keys_before)
    for _, each in ipairs(state.tables) do
        packed = packed .. struct.pack(TABLE, each.opened, each.closed, each.buckets, each.keys)
    end
    redis.call('SET', name, packed, 'PX', ttl_ms)
end

-- How many keys came within the time to remember: counted by windows of that length, the one before in proportion.
local function count_live(state, now, remember_s)
    return state.keys + state.keys_before * (1 - (now / remember_s - state.window))
end

local function open_table(state, now, remember_s)
    local last = state.tables[#state.tables]
    local buckets, opened = 1, now
    if last then
        local age = math.max(now - last.opened, 0.001)
        local expected = count_live(state, now, remember_s)
        if age < remember_s then
            expected = last.keys * remember_s / age
        end
        buckets = math.max(1, math.ceil(expected / (SLOTS * TARGET)))
        if expected > SPARSE * last.buckets * SLOTS then
            local growth = last.buckets < LARGE and GROWTH or GROWTH_OF_LARGE
            buckets = math.min(last.buckets * growth, math.max(math.ceil(last.buckets * 1.25), buckets))
        end
        opened = math.max(now, last.opened + 0.000001) -- makes its name
        last.closed = now
    end
    state.tables[#state.tables + 1] = {opened = opened, closed = 0, buckets = buckets, keys = 0}
end

-- Leave out the tables that nobody needs any more, and take one of another size if the newest has become too large.
local function renew_tables(state, now, remember_s)
    local window = math.floor(now / remember_s)
    if window ~= state.window then
        state.keys_before = window == state.window + 1 and state.keys or 0
        state.keys, state.window = 0, window
    end
    local tables = {}
    for _, each in ipairs(state.tables) do
        if each.closed == 0 or each.closed + remember_s * (1 + 1 / TICKS) >= now then
            tables[#tables + 1] = each
        end
    end
    state.tables = tables
    local last = tables[#tables]
    if not last then
        open_table(state, now, remember_s)
    elseif last.buckets > 1 and last.opened + remember_s < now
        and count_live(state, now, remember_s) < SPARSE * last.buckets * SLOTS then
        open_table(state, now, remember_s)
    end
end

local function admit(keys, args, may_remember)
    local call, find, unpack = redis.call, string.find, struct.unpack
    local rate, burst, remember_s, requests = tonumber(args[1]), tonumber(args[2]), tonumber(args[3]), args[4]
    local time = call('TIME')
    local now = time[1] + time[2] / 1000000
    local name = keys[1] .. ':admission-1'
    local state = read_state(call('GET', name))
        or {tokens = burst, at = now, window = 0, keys = 0, keys_before = 0, tables = {}}
    local tokens = math.min(burst, state.tokens + math.max(0, now - state.at) * rate)
    local tick = math.floor(now * TICKS / remember_s) % TICK_RANGE
    local chunk_ttl_s = math.ceil(remember_s * 1.5) -- and a quarter would do
    local tables, names, newest, room

    local function look_at_tables()
        tables, names = state.tables, {}
        for i, each in ipairs(tables) do
            names[i] = name .. string.format(':%.0f:', each.opened * 1000000)
        end
        newest = tables[#tables]
        room = newest and newest.buckets * SLOTS * FULL - math.min(newest.keys, count_live(state, now, remember_s))
    end

    -- Return the content that the key came with, if it is remembered; and its bucket in the newest table, and where.
    local function look_up(number, tag)
        local bucket, chunk, offset
        for i = 1, #tables do
            local place = number % tables[i].buckets
            local place_in_chunk = place % BUCKETS_IN_CHUNK
            chunk, offset = names[i] .. (place - place_in_chunk) / BUCKETS_IN_CHUNK, place_in_chunk * BUCKET
            bucket = call('GETRANGE', chunk, offset, offset + BUCKET - 1)
            local at = find(bucket, tag, 3, true)
            while at do
                if (tick - unpack('>I2', bucket, at - 2)) % TICK_RANGE <= TICKS then
                    return string.sub(bucket, at + 7, at + 13)
                end
                at = find(bucket, tag, at + ENTRY, true) -- that was the key's entry of a time that is over
            end
        end
        return nil, bucket, chunk, offset
    end

    local function remember(entry, bucket, chunk, offset)
        local slot, quarter = 0, nil
        if bucket == '' then
            call('SETRANGE', chunk, math.min(newest.buckets, BUCKETS_IN_CHUNK) * BUCKET - 1, '\0') -- all of it at once
        else
            -- An entry may end with zeros, and never begins with one.
            slot = math.ceil(((find(bucket, HOLE, 1, true) or 1) - 1) / ENTRY)
            if slot > 0 then
                quarter = math.floor(unpack('>I2', bucket, (slot - 1) * ENTRY + 1) % TICK_RANGE / TICKS_IN_QUARTER)
            end
        end
        if quarter ~= math.floor(tick / TICKS_IN_QUARTER) then
            call('EXPIRE', chunk, chunk_ttl_s)
        end
        if slot < SLOTS - 1 then
            call('SETRANGE', chunk, offset + slot * ENTRY, entry .. HOLE)
        else
            call('SETRANGE', chunk, offset + slot * ENTRY, entry)
            call('SETRANGE', chunk, offset, HOLE)
        end
        newest.keys, state.keys, room = newest.keys + 1, state.keys + 1, room - 1
    end

    local stamp = struct.pack('>I2', tick + TICK_RANGE)
    local outcomes, count, position, size = {}, 0, 1, #requests
    while position <= size do
        local cost, number, tag, content, seen, bucket, chunk, offset
        cost, number, tag, content, position = unpack(REQUEST, requests, position)
        count = count + 1
        if tag ~= NO_TAG then
            if not tables then
                if may_remember then
                    renew_tables(state, now, remember_s)
                end
                look_at_tables()
            end
            if may_remember and room <= 0 then
                open_table(state, now, remember_s)
                look_at_tables()
            end
            seen, bucket, chunk, offset = look_up(number, tag)
        end
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
                remember(stamp .. tag .. content, bucket, chunk, offset)
            end
        end
    end
    state.tokens, state.at = tokens, now
    -- A full bucket is like none.
    local ttl_ms = math.ceil((burst - tokens) / rate * 1000) + 1000
    if #state.tables > 0 then
        ttl_ms = math.max(ttl_ms, chunk_ttl_s * 1000)
    end
    write_state(name, state, ttl_ms)
    return outcomes
end

redis.register_function('highscores_admit_@', function(keys, args) return admit(keys, args, true) end)

-- The same on a Redis that is full: tokens are kept, and keys are looked up, and no new ones are remembered.
redis.register_function{
    function_name = 'highscores_admit_when_full_@',
    callback = function(keys, args) return admit(keys, args, false) end,
    flags = {'allow-oom'},
}
