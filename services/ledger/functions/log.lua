-- {log}: how far the log of everything recorded has come. One call moves its head from what was read, or changes nothing.

local FIELDS = {'origin', 'size', 'root'}

-- move_log_head(head; origin, size and root as read; the three then)
-- Answers {'OK'}, {'CONFLICT', the three as stored}, {'MALFORMED', why}, {'CORRUPTED', why}.
local function move(keys, args)
  if #keys ~= 1 or #args ~= 6 then return {'MALFORMED', 'one key and six arguments are needed'} end
  local before, after = whole(args[2]), whole(args[5])
  if not before or not after then return {'MALFORMED', 'a size is a whole number'} end
  if args[4] == '' or (args[1] ~= '' and args[1] ~= args[4]) then return {'MALFORMED', 'a log keeps its origin'} end
  if after < before then return {'MALFORMED', 'a log never shrinks'} end
  if wrong_type(keys, {'hash'}) then return {'CORRUPTED', 'the head of the log is of another type'} end
  local stored, same = redis.call('HMGET', keys[1], unpack(FIELDS)), true
  for i, none in ipairs({'', '0', ''}) do
    stored[i] = stored[i] or none
    same = same and stored[i] == args[i]
  end
  if not same then return {'CONFLICT', unpack(stored)} end
  redis.call('HSET', keys[1], 'origin', args[4], 'size', args[5], 'root', args[6])
  return {'OK'}
end

redis.register_function('kelambu_move_log_head', guarded(1, move))
