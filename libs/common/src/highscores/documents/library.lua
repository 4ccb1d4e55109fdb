#!lua name=highscores_documents_@
-- The operations on one document, each atomic. KEYS are always the document's three keys, in this order:
--   rank    sorted set: member `<tie-break>:<player>`, score so that ascending is best first
--   player  hash: player -> `<tie-break>:<JSON of the entry without its rank, and without the opening brace>`
--   meta    hash: `generation` (which building of the document this is), `checkpoint` (how far it has come through the
--           rows: `<version>` or `<version>:<player>`), `version` (what it reflects), `total` (its standings)
-- A tie-break holds no `:`, a player id may: so the first one is the delimiter. Redis orders members of equal score by
-- their bytes. A tie-break begins with the sub-scores, each in a fixed width.
--
-- Each `@` in a name becomes a digest of this file when it is loaded, so that programs before and after a change of it
-- each find their own functions. What they share is the data: a change of its form takes new keys (documents/keys.py).

local CHUNK = 1000 -- arguments of one command; Lua's stack holds some 8,000
local TTL_S = 86400 -- a document unread for this long is dropped
local TTL_REFRESH_S = 3600 -- so often at most its readers extend it
local STRIDE_GROWTH = 64 -- a tie of a million is measured by 24 probes, one of a few by two to eight
local BEHIND = '\255' -- a byte that no member has: what ends in it stands behind all that begin with the rest
local NEW_TTL_S = 600 -- a new document whose builder died
local VERSION_DIGITS = 18 -- as documents/checkpoint.py has it: PostgreSQL takes no larger ones in

-- The bytes of a member or value before its delimiter, the delimiter included; and those after it.
local function key_part(text)
    return string.sub(text, 1, string.find(text, ':', 1, true))
end

local function rest(text)
    return string.sub(text, string.find(text, ':', 1, true) + 1)
end

local function member_of(value, player)
    return key_part(value) .. player
end

local function call_with_list(command, key, list)
    if #list > 0 then redis.call(command, key, unpack(list)) end
end

local function is_version(text)
    return #text <= VERSION_DIGITS and string.find(text, '^%d+$') ~= nil
end

local function is_checkpoint(text)
    local version, player = string.match(text, '^(%d+)(.*)$')
    return version ~= nil and is_version(version) and (player == '' or string.find(player, '^:[!-~]+$') ~= nil)
end

-- Whether the document's parts are all there, `total` being what its meta say. Redis may have lost some; or somebody has
-- put something else in its keys, whose answer is then an error.
local function is_whole(keys, total)
    return total and total == redis.pcall('ZCARD', keys[1]) and total == redis.pcall('HLEN', keys[2])
end

-- The document, or nil.
local function find(keys)
    local meta = redis.pcall('HMGET', keys[3], 'total', 'version', 'checkpoint', 'generation')
    if meta.err or not is_whole(keys, tonumber(meta[1])) then return nil end
    local version, checkpoint, generation = meta[2], meta[3], meta[4]
    if version and not is_version(version) or not checkpoint or not is_checkpoint(checkpoint) then return nil end
    if not generation or not string.find(generation, '^%x+$') then return nil end
    return { version = version, checkpoint = checkpoint, generation = generation }
end

-- The same. What Redis has left of a document is removed: it can be neither read nor brought up to date.
local function find_or_remove(keys)
    local document = find(keys)
    if not document then redis.call('UNLINK', unpack(keys)) end
    return document
end

-- {generation, checkpoint, version}, the version false while rows are missing yet; {} when there is no document.
local function position(keys)
    local document = find_or_remove(keys)
    return document and { document.generation, document.checkpoint, document.version } or {}
end

-- Up to CHUNK / 2 rows of `lines`, from the byte at `from`, as lists side by side; and where the next ones start. A row is
-- `+<player>\t<score>\t<value>\n`, or `-<player>\n` for one that goes. (Looking for one plain byte takes half the time of
-- a pattern.)
local function read(lines, from)
    local find_byte, sub, byte = string.find, string.sub, string.byte
    local players, scores, members, values, n = {}, {}, {}, {}, 0
    while n < CHUNK / 2 and from <= #lines do
        local line_end
        n = n + 1
        if byte(lines, from) == 43 then -- +
            local player_end = find_byte(lines, '\t', from + 1, true)
            local score_end = find_byte(lines, '\t', player_end + 1, true)
            local tie_break_end = find_byte(lines, ':', score_end + 1, true)
            line_end = find_byte(lines, '\n', tie_break_end + 1, true)
            players[n] = sub(lines, from + 1, player_end - 1)
            scores[n] = sub(lines, player_end + 1, score_end - 1)
            members[n] = sub(lines, score_end + 1, tie_break_end) .. players[n]
            values[n] = sub(lines, score_end + 1, line_end - 1)
        else
            line_end = find_byte(lines, '\n', from + 1, true)
            players[n] = sub(lines, from + 1, line_end - 1)
            members[n] = false
        end
        from = line_end + 1
    end
    return { players = players, scores = scores, members = members, values = values }, from
end

local function take(keys, rows)
    local old = redis.call('HMGET', keys[2], unpack(rows.players))
    local gone, gone_players, ranks, values = {}, {}, {}, {}
    for i, player in ipairs(rows.players) do
        local member = rows.members[i]
        if old[i] then
            local old_member = member_of(old[i], player)
            if old_member ~= member then gone[#gone + 1] = old_member end
        end
        if member then
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

-- args: generation; the checkpoint it must be at, '' for a document that begins; the one it comes to; the version it then
-- reflects, '' if rows are missing yet; lines. Returns {generation, checkpoint} of the document that is there then: one of
-- another generation or at another checkpoint is left alone, so that repeats and races do no harm, and no version falls.
local function apply(keys, args)
    local generation, at, to, version, lines = unpack(args)
    local document = find_or_remove(keys)
    if document then
        local falls = version ~= '' and document.version and tonumber(version) < tonumber(document.version)
        if document.generation ~= generation or document.checkpoint ~= at or falls then
            return { document.generation, document.checkpoint }
        end
    elseif at ~= '' then
        return {}
    end
    local rows, from = nil, 1
    while from <= #lines do
        rows, from = read(lines, from)
        take(keys, rows)
    end
    redis.call('HSET', keys[3], 'generation', generation, 'checkpoint', to, 'total', redis.call('ZCARD', keys[1]))
    if version ~= '' then redis.call('HSET', keys[3], 'version', version) end
    local ttl = redis.call('TTL', keys[3]) -- which a key that was empty until now has to share
    for _, key in ipairs(keys) do redis.call('EXPIRE', key, ttl > 0 and ttl or NEW_TTL_S, 'NX') end
    return { generation, to }
end

-- Put a complete new document (keys 4 to 6) in the place of the old one, if that is still the one to replace. args: the
-- generation of the old one, or '' for none. Another builder may have been faster, and its document newer by now.
local function publish(keys, args)
    local old, new = { keys[1], keys[2], keys[3] }, { keys[4], keys[5], keys[6] }
    local built, replaced = find_or_remove(new), find_or_remove(old)
    if not built or built.checkpoint ~= built.version then return 0 end -- others may be bringing it forward just now
    if (replaced and replaced.generation or '') ~= args[1] then
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

local function extend(keys)
    for _, key in ipairs(keys) do redis.call('EXPIRE', key, TTL_S) end
    return 1
end

-- Reads. They write nothing: a Redis that is full, a replica, or one that cannot write to its disk answers them too.

-- Version, total, and whether the life of the document should be extended (1 or 0); nil when it cannot be read.
local function open(keys)
    local meta = redis.pcall('HMGET', keys[3], 'total', 'version')
    local total, version = not meta.err and tonumber(meta[1]), meta[2]
    if not version or not is_version(version) or not is_whole(keys, total) then return nil end
    return version, total, redis.call('TTL', keys[3]) < TTL_S - TTL_REFRESH_S and 1 or 0
end

-- Whether `a` stands before `b` by their bytes. (`<` would compare them as the locale of the server does.)
local function is_before(a, b)
    for i = 1, math.min(#a, #b) do
        local x, y = string.byte(a, i), string.byte(b, i)
        if x ~= y then return x < y end
    end
    return #a < #b
end

-- How many entries stand before this text: a binary search from `low` to `high`, between which all scores are equal.
local function search(keys, low, high, text)
    while low < high do
        local middle = math.floor((low + high) / 2)
        if is_before(redis.call('ZRANGE', keys[1], middle, middle)[1], text) then
            low = middle + 1
        else
            high = middle
        end
    end
    return low
end

-- How many entries stand before this score and member, and whether the entry itself is there.
local function count_before(keys, score, member)
    if tonumber(redis.call('ZSCORE', keys[1], member)) == tonumber(score) then
        return redis.call('ZRANK', keys[1], member), true
    end
    local low = redis.call('ZCOUNT', keys[1], '-inf', '(' .. score)
    return search(keys, low, low + redis.call('ZCOUNT', keys[1], score, score), member), false
end

-- How many entries are better than this one, behind `before` others: those of equal score whose tie-break begins with the
-- same `tie_width` bytes are not.
local function count_better(keys, score, member, before, tie_width)
    local low = redis.call('ZCOUNT', keys[1], '-inf', '(' .. score)
    if tie_width == 0 then return low end
    local tie, high, stride = string.sub(member, 1, tie_width), before, 1
    while high > low do -- most ties are short: backwards from the entry, by longer and longer strides
        local probe = math.max(low, high - stride)
        if is_before(redis.call('ZRANGE', keys[1], probe, probe)[1], tie) then
            return search(keys, probe + 1, high, tie)
        end
        high, stride = probe, stride * STRIDE_GROWTH
    end
    return low
end

-- The rank of this entry, from 1, and how many stand before it.
local function rank_of(keys, member, tie_width)
    local before = redis.call('ZRANK', keys[1], member)
    if not tie_width then return before + 1, before end
    return count_better(keys, redis.call('ZSCORE', keys[1], member), member, before, tie_width) + 1, before
end

-- The place that a target names: `10` is one itself, `percent:5` the last one within the best five percent, at least the
-- first. A percentage has three decimals at most: it is reckoned in thousandths, as whole numbers, lest it be rounded.
local function place_of(target, total)
    local percent = string.match(target, '^percent:(.+)$')
    if not percent then return tonumber(target) end
    return math.max(1, math.floor(total * math.floor(percent * 1000 + 0.5) / 100000))
end

-- {version, total, expires soon, entries before the first one, the rank of each from 1, first and last as {score, member},
-- entries as JSON...}. Without a `tie_width` nobody shares a rank.
local function entries(keys, version, total, expires_soon, tie_width, start, limit)
    local ranks = {}
    local answer = { version, total, expires_soon, start, ranks, {}, {} }
    local found = limit > 0 and redis.call('ZRANGE', keys[1], start, start + limit - 1, 'WITHSCORES') or {}
    if #found == 0 then return answer end
    answer[6] = { found[2], found[1] }
    answer[7] = { found[#found], found[#found - 1] }
    local find_byte, sub = string.find, string.sub
    local players, starts = {}, {}
    local last_score, last_tie
    for i = 1, #found, 2 do
        local n, member = #players + 1, found[i]
        starts[n] = find_byte(member, ':', 1, true) + 1 -- in the value too, which begins with the same tie-break
        players[n] = sub(member, starts[n])
        ranks[n] = start + n
        if tie_width then
            local score, tie = found[i + 1], sub(member, 1, tie_width)
            if score == last_score and tie == last_tie then
                ranks[n] = ranks[n - 1]
            elseif n == 1 then -- those whose rank it shares may stand before this page
                ranks[n] = count_better(keys, score, member, start, tie_width) + 1
            end
            last_score, last_tie = score, tie
        end
    end
    for i, value in ipairs(redis.call('HMGET', keys[2], unpack(players))) do answer[7 + i] = sub(value, starts[i]) end
    return answer
end

-- The first argument of each read is the `tie_width`, '' for none.

-- args: tie_width, limit, then nothing, or 'after' or 'before' with score, tie-break and player of an entry.
local function page(keys, args)
    local version, total, expires_soon = open(keys)
    if not version then return nil end
    local limit, start = tonumber(args[2]), 0
    if args[3] then
        local before, is_there = count_before(keys, args[4], args[5] .. ':' .. args[6])
        if args[3] == 'after' then
            start = is_there and before + 1 or before
        elseif before > 0 then -- else nothing is left before it: the first page
            start = math.max(0, before - limit)
            limit = before - start
        end
    end
    return entries(keys, version, total, expires_soon, tonumber(args[1]), start, limit)
end

-- args: tie_width, limit, player. The player in the middle, or as near to it as the ends of the board allow.
local function around(keys, args)
    local version, total, expires_soon = open(keys)
    if not version then return nil end
    local value = redis.call('HGET', keys[2], args[3])
    if not value then return { version, total, expires_soon } end
    local limit = tonumber(args[2])
    local before = redis.call('ZRANK', keys[1], member_of(value, args[3]))
    local start = math.max(0, math.min(before - math.floor((limit - 1) / 2), total - limit))
    return entries(keys, version, total, expires_soon, tonumber(args[1]), start, limit)
end

-- args: tie_width, players. {version, total, expires soon, {entries before it, rank from 1, JSON}...}, without those who
-- have no standing, in no special order.
local function players(keys, args)
    local version, total, expires_soon = open(keys)
    if not version then return nil end
    local answer = { version, total, expires_soon }
    local tie_width = tonumber(args[1])
    for i, value in ipairs(redis.call('HMGET', keys[2], unpack(args, 2))) do
        if value then
            local rank, before = rank_of(keys, member_of(value, args[i + 1]), tie_width)
            answer[#answer + 1] = { before, rank, rest(value) }
        end
    end
    return answer
end

-- args: tie_width, player, targets. {version, total, expires soon, rank from 1, JSON, score, the score that stands at each
-- target, false beyond the end...}; the first three alone when the player has no standing.
local function standing(keys, args)
    local version, total, expires_soon = open(keys)
    if not version then return nil end
    local value = redis.call('HGET', keys[2], args[2])
    if not value then return { version, total, expires_soon } end
    local member = member_of(value, args[2])
    local rank = rank_of(keys, member, tonumber(args[1]))
    local answer = { version, total, expires_soon, rank, rest(value), redis.call('ZSCORE', keys[1], member) }
    for i = 3, #args do
        local place = place_of(args[i], total)
        answer[#answer + 1] = redis.call('ZRANGE', keys[1], place - 1, place - 1, 'WITHSCORES')[2] or false
    end
    return answer
end

-- args: tie_width, score, what a tie-break begins with. {version, total, expires soon, the rank from 1 that a new entry with
-- them would have}: behind all equal ones or, where ranks are shared, with them.
local function rank(keys, args)
    local version, total, expires_soon = open(keys)
    if not version then return nil end
    local before = count_before(keys, args[2], tonumber(args[1]) and args[3] or args[3] .. BEHIND)
    return { version, total, expires_soon, before + 1 }
end

redis.register_function('highscores_document_apply_@', apply)
redis.register_function('highscores_document_position_@', position)
redis.register_function('highscores_document_publish_@', publish)
redis.register_function('highscores_document_extend_@', extend)
redis.register_function({ function_name = 'highscores_document_page_@', callback = page, flags = { 'no-writes' } })
redis.register_function({ function_name = 'highscores_document_around_@', callback = around, flags = { 'no-writes' } })
redis.register_function({ function_name = 'highscores_document_players_@', callback = players, flags = { 'no-writes' } })
redis.register_function({ function_name = 'highscores_document_standing_@', callback = standing, flags = { 'no-writes' } })
redis.register_function({ function_name = 'highscores_document_rank_@', callback = rank, flags = { 'no-writes' } })
