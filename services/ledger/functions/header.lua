-- Shared by every file of the library: reading arguments. Nothing here writes.
--
-- A function is not rolled back when a later call in it fails. So each one checks everything first,
-- the types of its keys included, and after its first write calls nothing that can fail.

-- The whole number that a text spells without sign or leading zero, below 2^53; else nil.
local function whole(text)
  if text == '0' or (#text <= 15 and string.find(text, '^[1-9]%d*$')) then
    return tonumber(text)
  end
  return nil
end

-- The two numbers of a stream id as texts; nil when it is none. Texts, because they may exceed 2^53.
local function stream_id(text)
  local ms, seq = string.match(text, '^(%d+)-(%d+)$')
  if not ms or #ms > 20 or #seq > 20 then return nil end
  if (#ms > 1 and string.sub(ms, 1, 1) == '0') or (#seq > 1 and string.sub(seq, 1, 1) == '0') then return nil end
  return ms, seq
end

-- Whether a text is a stream id; one that is as short as those of our time is told without being taken apart.
local function is_stream_id(text)
  if #text <= 20 and (text:find('^[1-9]%d*%-0$') or text:find('^[1-9]%d*%-[1-9]%d*$')) then return true end
  return stream_id(text) ~= nil
end

-- Whether stream id a comes before b; both must be stream ids.
local function precedes(a, b)
  local a_ms, a_seq = stream_id(a)
  local b_ms, b_seq = stream_id(b)
  if a_ms ~= b_ms then return #a_ms < #b_ms or (#a_ms == #b_ms and a_ms < b_ms) end
  return #a_seq < #b_seq or (#a_seq == #b_seq and a_seq < b_seq)
end

-- The first key that exists with another type than its place demands; nil when all are right.
local function wrong_type(keys, types)
  for i, expected in ipairs(types) do
    local found = redis.call('TYPE', keys[i]).ok
    if found ~= 'none' and found ~= expected then return keys[i] end
  end
  return nil
end

-- The last id a stream has given, '0-0' when there is no stream.
local function last_id(key)
  if redis.call('EXISTS', key) == 0 then return '0-0' end
  local info = redis.call('XINFO', 'STREAM', key)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
end

-- Calls a command on a key with a list of any (even) length, in pieces that Lua's stack can hold.
local function in_pieces(command, key, list)
  for i = 1, #list, 1000 do
    redis.call(command, key, unpack(list, i, math.min(i + 999, #list)))
  end
end

-- The same function, which may be given {meta} as one key more and the mark of an installation as its last argument: then
-- it is refused, before it has done anything, on a server that is not that installation's.
local function guarded(count, callback)
  return function(keys, args)
    if #keys == count + 1 then
      local meta, owner = table.remove(keys), table.remove(args)
      if redis.call('HGET', meta, 'installation') ~= owner then
        return redis.error_reply('FOREIGN the server is of another installation')
      end
    end
    return callback(keys, args)
  end
end
