-- A partition: the ids it remembers, its inbox, and the one step that writes its ledger.

-- Ids stand in many small hashes, which the server packs. There is one hash for every 32 ids: when another
-- is due, the ids that belong to it are moved out of one older hash (linear hashing). So an id costs the
-- same few bytes at any size, and the number of ids alone tells where each one is.
local IDS_PER_HASH = 32

local function hashes_for(count)
  return math.floor(count / IDS_PER_HASH) + 1
end

local function span_of(hashes)
  local span = 1
  while span < hashes do span = span * 2 end
  return span
end

local function place(id, hashes, span)
  local at = struct.unpack('>I4', id) % span
  if at >= hashes then at = at - span / 2 end
  return at
end

local function split(prefix, new)
  local span = span_of(new + 1)
  local old = prefix .. ':' .. (new - span / 2)
  local content = redis.call('HGETALL', old)
  local moved, gone = {}, {}
  for i = 1, #content, 2 do
    if struct.unpack('>I4', content[i]) % span == new then
      moved[#moved + 1] = content[i]
      moved[#moved + 1] = content[i + 1]
      gone[#gone + 1] = content[i]
    end
  end
  in_pieces('HSET', prefix .. ':' .. new, moved)
  in_pieces('HDEL', old, gone)
end

local function remember(prefix, count, args, first, last)
  local hashes = hashes_for(count)
  local span = span_of(hashes)
  for i = first, last, 2 do
    redis.call('HSET', prefix .. ':' .. place(args[i], hashes, span), args[i], args[i + 1])
    count = count + 1
    if hashes_for(count) > hashes then
      split(prefix, hashes)
      hashes = hashes + 1
      span = span_of(hashes)
    end
  end
  return count
end

-- known(head, ids prefix; id…): for each id its tag, or nothing.
local function known(keys, args)
  local hashes = hashes_for(tonumber(redis.call('HGET', keys[1], 'ids') or '0'))
  local span = span_of(hashes)
  local tags = {}
  for i, id in ipairs(args) do
    if #id ~= 16 then return redis.error_reply('MALFORMED an id has 16 bytes') end
    tags[i] = redis.call('HGET', keys[2] .. ':' .. place(id, hashes, span), id)
  end
  return tags
end

-- deliver(inbox; body, tag, body, tag…): appends all of them or nothing; answers their ids.
local function deliver(keys, args)
  if #keys ~= 1 or #args % 2 ~= 0 then return redis.error_reply('MALFORMED one key, pairs of body and tag') end
  for i = 1, #args, 2 do
    local tag = #args[i + 1]
    if #args[i] == 0 then return redis.error_reply('MALFORMED empty body') end
    if tag ~= 8 and tag ~= 0 then return redis.error_reply('MALFORMED a tag has 8 bytes') end
  end
  if wrong_type(keys, {'stream'}) then return redis.error_reply('CORRUPTED the inbox is no stream') end
  local key, call, given = keys[1], redis.call, {}
  for i = 1, #args, 2 do
    given[(i + 1) / 2] = call('XADD', key, '*', 'e', args[i], 't', args[i + 1])
  end
  return given
end

-- commit(head, ledger, inbox, states, segments, index, parked, ids prefix;
--        expected position, inbox id, rulebook, recordedtime; the same four as they shall be then;
--        numbers of events, states, segments, ids, parks, unparks; (body, claim)…, (person, state)…,
--        (person and number, segment)…, (id, tag)…, (person, body)…, (person, count)…)
-- Answers {'OK'}, {'CONFLICT', the four as stored}, {'DUPLICATE', id…}, {'MALFORMED', why}, {'CORRUPTED', why}.
local FIELDS = {'position', 'inbox', 'rulebook', 'recordedtime'}
local EMPTY = {'0', '0-0', '', ''}
local TYPES = {'hash', 'stream', 'stream', 'hash', 'hash', 'hash', 'set'}
local MAX_POSITION = 4294967295 -- a position takes four bytes in the index

local function is_name(text)
  return #text >= 1 and #text <= 64
end

local function is_recordedtime(text)
  return string.find(text, '^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$') ~= nil
end

-- Everything that can be said of the arguments alone: returns why they are refused, else nil and the
-- place of the first argument of each of the six lists, and of the argument after the last.
local function examine(keys, args)
  if #keys ~= 8 then return 'eight keys are needed' end
  local tag = string.match(keys[1], '^({[^}]+}):')
  for _, key in ipairs(keys) do
    if not tag or string.sub(key, 1, #tag + 1) ~= tag .. ':' then return 'keys of two partitions' end
  end
  if #args < 14 then return 'fourteen arguments come first' end
  for _, i in ipairs({1, 5}) do
    if not whole(args[i]) then return 'a position is a whole number' end
    if not stream_id(args[i + 1]) then return 'an inbox id is MILLISECONDS-SEQUENCE' end
    if #args[i + 2] > 200 then return 'a rulebook has at most 200 bytes' end
    if args[i + 3] ~= '' and not is_recordedtime(args[i + 3]) then return 'a recordedtime is RFC 3339, UTC, milliseconds' end
  end
  local starts = {15}
  for i = 1, 6 do
    local count = whole(args[8 + i])
    if not count then return 'a count is a whole number' end
    starts[i + 1] = starts[i] + 2 * count
  end
  if #args ~= starts[7] - 1 then return 'the counts and the number of arguments differ' end
  if whole(args[5]) ~= whole(args[1]) + whole(args[9]) then return 'the new position is not the old one plus the events' end
  if whole(args[5]) > MAX_POSITION then return 'the partition is full' end
  if precedes(args[6], args[2]) then return 'the inbox position falls' end
  if args[8] < args[4] then return 'recordedtime falls' end
  if whole(args[9]) > 0 and args[8] == '' then return 'events without a recordedtime' end

  for i = starts[1], starts[2] - 1, 2 do
    if #args[i] == 0 then return 'an event has no body' end
    if #args[i + 1] > 64 then return 'a claim number has at most 64 bytes' end
  end
  local seen = {}
  for i = starts[2], starts[3] - 1, 2 do
    if not is_name(args[i]) then return 'a person has 1 to 64 bytes' end
    if seen[args[i]] then return 'a person has two states' end
    seen[args[i]] = true
  end
  seen = {}
  for i = starts[3], starts[4] - 1, 2 do
    if not is_name(string.match(args[i], '^(.*)#%-?%d+$') or '') then return 'a segment has a person and a number' end
    if seen[args[i]] then return 'a segment is given twice' end
    seen[args[i]] = true
  end
  seen = {}
  for i = starts[4], starts[5] - 1, 2 do
    if #args[i] ~= 16 or #args[i + 1] ~= 8 then return 'an id has 16 bytes and its tag 8' end
    if seen[args[i]] then return 'an id is given twice' end
    seen[args[i]] = true
  end
  for i = starts[5], starts[6] - 1, 2 do
    if not is_name(args[i]) then return 'a person has 1 to 64 bytes' end
    if #args[i + 1] == 0 then return 'a parked event has no body' end
  end
  seen = {}
  for i = starts[6], starts[7] - 1, 2 do
    if not is_name(args[i]) then return 'a person has 1 to 64 bytes' end
    if seen[args[i]] then return 'a person is unparked twice' end
    if not whole(args[i + 1]) or args[i + 1] == '0' then return 'one or more events are unparked' end
    seen[args[i]] = true
  end
  return nil, starts
end

-- The index entries of the claims touched, old positions and new, as field and value in turn.
local function indexed(key, args, first, last, position)
  local positions, list = {}, {}
  for i = first, last, 2 do
    position = position + 1
    local claim = args[i + 1]
    if claim ~= '' then
      if not positions[claim] then
        positions[claim] = {redis.call('HGET', key, claim) or ''}
      end
      table.insert(positions[claim], struct.pack('>I4', position))
    end
  end
  for claim, packed in pairs(positions) do
    list[#list + 1] = claim
    list[#list + 1] = table.concat(packed)
  end
  return list
end

-- Of the pairs in a list those that are stored, and the fields of those that are empty and deleted.
local function kept_and_dropped(args, first, last)
  local kept, dropped = {}, {}
  for i = first, last, 2 do
    if #args[i + 1] == 0 then
      dropped[#dropped + 1] = args[i]
    else
      kept[#kept + 1] = args[i]
      kept[#kept + 1] = args[i + 1]
    end
  end
  return kept, dropped
end

local function commit(keys, args)
  local fault, starts = examine(keys, args)
  if fault then return {'MALFORMED', fault} end
  local head, ledger, inbox, states, segments, index, parked, ids = unpack(keys)

  fault = wrong_type(keys, TYPES)
  if fault then return {'CORRUPTED', fault .. ' is of another type'} end
  local stored = redis.call('HMGET', head, FIELDS[1], FIELDS[2], FIELDS[3], FIELDS[4], 'ids')
  local same = true
  for i = 1, 4 do
    stored[i] = stored[i] or EMPTY[i]
    same = same and stored[i] == args[i]
  end
  if not same then return {'CONFLICT', stored[1], stored[2], stored[3], stored[4]} end
  if last_id(ledger) ~= args[1] .. '-0' then return {'CORRUPTED', 'the ledger does not end at its head'} end
  if precedes(last_id(inbox), args[6]) then return {'MALFORMED', 'the inbox has not given this id yet'} end
  local count = whole(stored[5] or '0')
  if not count then return {'CORRUPTED', 'the number of ids is no number'} end

  local hashes = hashes_for(count)
  local span = span_of(hashes)
  local duplicates = {'DUPLICATE'}
  for i = starts[4], starts[5] - 1, 2 do
    if redis.call('HEXISTS', ids .. ':' .. place(args[i], hashes, span), args[i]) == 1 then
      duplicates[#duplicates + 1] = args[i]
    end
  end
  if #duplicates > 1 then return duplicates end
  for new = hashes, hashes_for(count + (starts[5] - starts[4]) / 2) - 1 do
    fault = wrong_type({ids .. ':' .. (new - span_of(new + 1) / 2), ids .. ':' .. new}, {'hash', 'hash'})
    if fault then return {'CORRUPTED', fault .. ' is of another type'} end
  end
  for i = starts[6], starts[7] - 1, 2 do
    if redis.call('LLEN', parked .. ':' .. args[i]) < whole(args[i + 1]) then
      return {'MALFORMED', 'fewer events are parked'}
    end
  end
  for i = starts[5], starts[6] - 1, 2 do
    if wrong_type({parked .. ':' .. args[i]}, {'list'}) then return {'CORRUPTED', 'a parked list is no list'} end
  end
  local position = whole(args[1])
  local positions = indexed(index, args, starts[1], starts[2] - 1, position)
  local kept, dropped = kept_and_dropped(args, starts[2], starts[3] - 1)
  local kept_segments, dropped_segments = kept_and_dropped(args, starts[3], starts[4] - 1)

  -- From here on nothing can fail.
  for i = starts[1], starts[2] - 1, 2 do
    position = position + 1
    redis.call('XADD', ledger, position .. '-0', 'e', args[i])
  end
  in_pieces('HSET', index, positions)
  in_pieces('HSET', states, kept)
  in_pieces('HDEL', states, dropped)
  in_pieces('HSET', segments, kept_segments)
  in_pieces('HDEL', segments, dropped_segments)
  count = remember(ids, count, args, starts[4], starts[5] - 1)
  for i = starts[6], starts[7] - 1, 2 do
    redis.call('LTRIM', parked .. ':' .. args[i], args[i + 1], -1)
    if redis.call('EXISTS', parked .. ':' .. args[i]) == 0 then redis.call('SREM', parked, args[i]) end
  end
  for i = starts[5], starts[6] - 1, 2 do
    redis.call('RPUSH', parked .. ':' .. args[i], args[i + 1])
    redis.call('SADD', parked, args[i])
  end
  redis.call('HSET', head, 'position', args[5], 'inbox', args[6], 'rulebook', args[7], 'recordedtime', args[8], 'ids', count,
    'states', redis.call('HLEN', states), 'segments', redis.call('HLEN', segments), 'claims', redis.call('HLEN', index), 'parked', redis.call('SCARD', parked))
  if args[6] ~= args[2] then
    redis.call('XTRIM', inbox, 'MINID', '=', args[6])
    redis.call('XDEL', inbox, args[6])
  end
  return {'OK'}
end

-- count(head, ledger, inbox, states, segments, index, parked, ids prefix): what the head tells and what is there, to be compared.
-- Of the hashes of ids some are looked for: answers how many are missing, and how many were looked for.
local COUNTS = {'ids', 'states', 'segments', 'claims', 'parked'}
local IDS_LOOKED_FOR = 64

local function count(keys)
  local head, ledger, inbox, states, segments, index, parked, ids = unpack(keys)
  local fault = wrong_type(keys, TYPES)
  if fault then return {fault, 0, '0-0', 0, 0, 0, 0, 0, '0-0', 0, '0-0', 0, 0, 0, 0, 0, 0} end
  local told = redis.call('HMGET', head, 'position', 'inbox', unpack(COUNTS))
  for i = 3, 7 do told[i] = tonumber(told[i] or -1) end
  local lost, looked = 0, 0
  if told[3] > 0 then
    local hashes = hashes_for(told[3])
    for i = 0, hashes - 1, math.ceil(hashes / IDS_LOOKED_FOR) do
      looked = looked + 1
      lost = lost + 1 - redis.call('EXISTS', ids .. ':' .. i)
    end
  end
  return {
    '', tonumber(told[1] or 0), told[2] or '0-0', told[3], told[4], told[5], told[6], told[7],
    last_id(ledger), redis.call('XLEN', ledger), last_id(inbox),
    redis.call('HLEN', states), redis.call('HLEN', segments), redis.call('HLEN', index), redis.call('SCARD', parked), lost, looked,
  }
end

redis.register_function{function_name = 'kelambu_count', callback = count, flags = {'no-writes'}}
redis.register_function{function_name = 'kelambu_known', callback = known, flags = {'no-writes'}}
redis.register_function('kelambu_deliver', guarded(1, deliver))
redis.register_function('kelambu_commit', guarded(8, commit))
