-- {audit}: what auditors and officers did with the book. One call appends records and moves the head, or nothing.

local TYPES = {'stream', 'hash'}
local FIELDS = {'position', 'hash', 'time'}
local EMPTY = {'0', '', ''}

local function is_hash(text)
  return #text == 64 and not string.find(text, '[^0-9a-f]')
end

-- append(trail, head; position, hash and time as read; hash and time then; body…)
-- Answers {'OK'}, {'CONFLICT', the three as stored}, {'MALFORMED', why}, {'CORRUPTED', why}.
local function append(keys, args)
  if #keys ~= 2 or #args < 6 then return {'MALFORMED', 'two keys, five arguments and a body are needed'} end
  local position = whole(args[1])
  if not position then return {'MALFORMED', 'a position is a whole number'} end
  if not is_hash(args[4]) then return {'MALFORMED', 'a hash is 64 hexadecimal digits'} end
  if args[5] == '' or args[5] < args[3] then return {'MALFORMED', 'the time falls'} end
  for i = 6, #args do
    if args[i] == '' then return {'MALFORMED', 'a record has no body'} end
  end

  local trail, head = unpack(keys)
  local fault = wrong_type(keys, TYPES)
  if fault then return {'CORRUPTED', fault .. ' is of another type'} end
  local stored = redis.call('HMGET', head, unpack(FIELDS))
  local same = true
  for i = 1, 3 do
    stored[i] = stored[i] or EMPTY[i]
    same = same and stored[i] == args[i]
  end
  if not same then return {'CONFLICT', unpack(stored)} end
  if last_id(trail) ~= args[1] .. '-0' then return {'CORRUPTED', 'the audit trail does not end at its head'} end

  -- From here on nothing can fail.
  for i = 6, #args do
    position = position + 1
    redis.call('XADD', trail, position .. '-0', 'e', args[i])
  end
  redis.call('HSET', head, 'position', position, 'hash', args[4], 'time', args[5])
  return {'OK'}
end

redis.register_function('kelambu_append_trail', guarded(2, append))
