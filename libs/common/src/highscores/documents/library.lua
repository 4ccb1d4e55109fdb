#!lua name=highscores_documents_@
-- The operations on one document, each atomic. KEYS are always the document's three keys, in this order:
--   rank    sorted set: member `<place>:<player>`, score so that ascending is best first
--   player  hash: player -> `<place><JSON of the entry without its rank, and without the opening brace>`
--   meta    hash: `place` (how far the document has come), `version` (what it reflects), `total` (its standings)
-- `<place>` is 46 hexadecimal digits, time then job: Redis orders members of equal score by their bytes.
--
-- Each `@` in a name becomes a digest of this file when it is loaded, so that programs before and after a change of it
-- each find their own functions. What they share is the data: a change of its form takes new keys.

local PLACE_LENGTH = 46
local TIME_LENGTH = 14
local CHUNK = 1000 -- arguments of one command; Lua's stack holds some 8,000
local TTL_S = 86400 -- a document unread for this long is dropped
local TTL_REFRESH_S = 3600 -- so often at most a read extends it
local NEW_TTL_S = 600 -- a new document whose builder died

local function member_of(value, player)
    return string.sub(value, 1, PLACE_LENGTH) .. ':' .. player
end

local function call_with_list(command, key, list)
    if #list > 0 then redis.call(command, key, unpack(list)) end
end

-- How many standings the document has, or nil: there is no such document, or Redis has evicted a part of it.
local function count(keys)
    local total = tonumber(redis.call('HGET', keys[3], 'total'))
    if total ~= redis.call('ZCARD', keys[1]) or total ~= redis.call('HLEN', keys[2]) then return nil end
    return total
end

-- {place, version}, the version false while rows are missing yet; {} when there is no document. What Redis has left of
-- one is removed: it can be neither read nor brought up to date.
local function position(keys)
    if count(keys) then return redis.call('HMGET', keys[3], 'place', 'version') end
    redis.call('UNLINK', unpack(keys))
    return {}
end

-- Up to CHUNK / 2 rows of `lines`, from the byte at `from`, as lists side by side; and where the next ones start. Each is
-- `<+ or ->\t<score>\t<place>\t<player>\t<JSON>\n`. (Looking for one plain byte takes half the time of a pattern.)
local function read(lines, from)
    local find, sub = string.find, string.sub
    local players, stays, scores, members, values, n = {}, {}, {}, {}, {}, 0
    while n < CHUNK / 2 and from <= #lines do
        local score_end = find(lines, '\t', from + 2, true)
        local place = sub(lines, score_end + 1, score_end + PLACE_LENGTH)
        local player_start = score_end + PLACE_LENGTH + 2
        local player_end = find(lines, '\t', player_start, true)
        local line_end = find(lines, '\n', player_end, true)
        n = n + 1
        players[n] = sub(lines, player_start, player_end - 1)
        stays[n] = sub(lines, from, from) == '+'
        scores[n] = sub(lines, from + 2, score_end - 1)
        members[n] = place .. ':' .. players[n]
        values[n] = place .. sub(lines, player_end + 1, line_end - 1)
        from = line_end + 1
    end
    return { players = players, stays = stays, scores = scores, members = members, values = values }, from
end

local function take(keys, rows)
    local old = redis.call('HMGET', keys[2], unpack(rows.players))
    local gone, gone_players, ranks, values = {}, {}, {}, {}
    for i, player in ipairs(rows.players) do
        local member, stays = rows.members[i], rows.stays[i]
        if old[i] and (not stays or member_of(old[i], player) ~= member) then
            gone[#gone + 1] = member_of(old[i], player)
        end
        if stays then
            local n = #ranks
            ranks[n + 1], ranks[n + 2] = rows.scores[i], member
            values[n + 1], values[n + 2] = player, rows.values[i]
        elseif old[i] then
            gone_players[#gone_players + 1] = player
        end
    end
    call_with_list('ZREM', keys[1], gone)
    call_with_list('HDEL', keys[2], gone_players)
    call_with_list('ZADD', keys[1], ranks)
    call_with_list('HSET', keys[2], values)
end

-- args: the place it must be at, the place it comes to, the version it then reflects (or '' if rows are missing yet),
-- lines. Returns the place it is at; a document that is elsewhere is left alone, so repeats and races do no harm.
local function apply(keys, args)
    local place = position(keys)[1] or ''
    if place ~= args[1] then return place end
    local rows, from = nil, 1
    while from <= #args[4] do
        rows, from = read(args[4], from)
        take(keys, rows)
    end
    redis.call('HSET', keys[3], 'place', args[2], 'total', redis.call('ZCARD', keys[1]))
    if args[3] ~= '' then redis.call('HSET', keys[3], 'version', args[3]) end
    local ttl = redis.call('TTL', keys[3]) -- which a key that was empty until now has to share
    for _, key in ipairs(keys) do redis.call('EXPIRE', key, ttl > 0 and ttl or NEW_TTL_S, 'NX') end
    return args[2]
end

-- Put a complete new document (keys 4 to 6) in the place of the old one, if that is still the one to replace. args: the
-- version of the old one, or '' for none. Another builder may have been faster, and its document newer by now.
local function publish(keys, args)
    local old, new = { keys[1], keys[2], keys[3] }, { keys[4], keys[5], keys[6] }
    if not position(new)[2] then return 0 end
    if (position(old)[2] or '') ~= args[1] then
        redis.call('UNLINK', unpack(new))
        return 0
    end
    redis.call('UNLINK', unpack(old))
    for i = 1, 3 do
        if redis.call('EXISTS', new[i]) == 1 then
            redis.call('RENAME', new[i], old[i])
            redis.call('EXPIRE', old[i], TTL_S)
        end
    end
    return 1
end

-- Version and total, or nil when the document cannot be read.
local function open(keys)
    local version, total = redis.call('HGET', keys[3], 'version'), count(keys)
    if not version or not total then return nil end
    if redis.call('TTL', keys[3]) < TTL_S - TTL_REFRESH_S then
        for _, key in ipairs(keys) do redis.call('EXPIRE', key, TTL_S) end
    end
    return version, total
end

-- {version, total, rank of the first entry from 0, first and last as {score, member}, entries as JSON...}
local function entries(keys, version, total, start, limit)
    local found = limit > 0 and redis.call('ZRANGE', keys[1], start, start + limit - 1, 'WITHSCORES') or {}
    local answer = { version, total, start, {}, {} }
    if #found == 0 then return answer end
    answer[4] = { found[2], found[1] }
    answer[5] = { found[#found], found[#found - 1] }
    local players = {}
    for i = 1, #found, 2 do players[#players + 1] = string.sub(found[i], PLACE_LENGTH + 2) end
    for _, value in ipairs(redis.call('HMGET', keys[2], unpack(players))) do
        answer[#answer + 1] = string.sub(value, PLACE_LENGTH + 1)
    end
    return answer
end

-- Rank (from 0) of the entry that a cursor names, and whether it is still there; else where it would stand.
local function rank_of_cursor(keys, score, time, player)
    local value = redis.call('HGET', keys[2], player)
    if value and string.sub(value, 1, TIME_LENGTH) == time then
        local member = member_of(value, player)
        if tonumber(redis.call('ZSCORE', keys[1], member)) == tonumber(score) then
            return redis.call('ZRANK', keys[1], member), true
        end
    end
    local stand_in = time .. ':' .. player
    redis.call('ZADD', keys[1], score, stand_in)
    local rank = redis.call('ZRANK', keys[1], stand_in)
    redis.call('ZREM', keys[1], stand_in)
    return rank, false
end

-- args: limit, then nothing, or 'after' or 'before' with score, time and player of an entry.
local function page(keys, args)
    local version, total = open(keys)
    if not version then return nil end
    local limit, start = tonumber(args[1]), 0
    if args[2] then
        local rank, present = rank_of_cursor(keys, args[3], args[4], args[5])
        if args[2] == 'after' then
            start = present and rank + 1 or rank
        else
            start = math.max(0, rank - limit)
            limit = rank - start
        end
    end
    return entries(keys, version, total, start, limit)
end

-- args: limit, player. The player in the middle, or as near to it as the ends of the board allow.
local function around(keys, args)
    local version, total = open(keys)
    if not version then return nil end
    local value = redis.call('HGET', keys[2], args[2])
    if not value then return { version, total } end
    local limit = tonumber(args[1])
    local rank = redis.call('ZRANK', keys[1], member_of(value, args[2]))
    local start = math.max(0, math.min(rank - math.floor((limit - 1) / 2), total - limit))
    return entries(keys, version, total, start, limit)
end

-- args: players. {version, total, {rank from 0, JSON}...}, without those who have no standing, in no special order.
local function players(keys, args)
    local version, total = open(keys)
    if not version then return nil end
    local answer = { version, total }
    for i, value in ipairs(redis.call('HMGET', keys[2], unpack(args))) do
        if value then
            local rank = redis.call('ZRANK', keys[1], member_of(value, args[i]))
            answer[#answer + 1] = { rank, string.sub(value, PLACE_LENGTH + 1) }
        end
    end
    return answer
end

redis.register_function('highscores_document_apply_@', apply)
redis.register_function('highscores_document_position_@', position)
redis.register_function('highscores_document_publish_@', publish)
redis.register_function('highscores_document_page_@', page)
redis.register_function('highscores_document_around_@', around)
redis.register_function('highscores_document_players_@', players)
