-- {pay}: what has left for the bank. One call writes the orders of a batch, the batch itself and the partition's
-- progress; which orders are held moves in the same call.

local TYPES = {'stream', 'stream', 'hash', 'hash'}

local function refuse(code, why)
  return redis.error_reply(code .. ' ' .. why)
end

-- The three numbers of a progress, SEQUENCE:TO:PROPOSED:HASH; nil when it is none.
local function parts(progress)
  local sequence, to, proposed = string.match(progress, '^(%d+):(%d+):(%d+):%x*$')
  if not sequence then return nil end
  return whole(sequence), whole(to), whole(proposed)
end

-- The counted list whose count stands at args[at]: returns it and the place of the argument after it, or nil.
local function counted(args, at, each)
  local count = args[at] and whole(args[at])
  if not count or #args < at + each * count then return nil end
  local list = {}
  for i = at + 1, at + each * count do list[#list + 1] = args[i] end
  return list, at + each * count + 1
end

-- leave(orders, batches, progress, held;
--       partition, progress as found, progress then, batch or '',
--       number of orders to hold, (order, why)…, number of orders to free, order…, body of each order leaving…)
-- Answers the number of the first order, or the error CONFLICT with the progress as stored.
local function leave(keys, args)
  if #keys ~= 4 or #args < 6 then return refuse('MALFORMED', 'four keys and six arguments come first') end
  local orders, batches, progress, held = unpack(keys)
  local partition, found, after, batch = unpack(args, 1, 4)
  if not whole(partition) then return refuse('MALFORMED', 'a partition is a whole number') end
  local sequence, to, proposed = parts(found)
  local then_sequence, then_to, then_proposed = parts(after)
  if not proposed or not then_proposed then return refuse('MALFORMED', 'a progress is SEQUENCE:TO:PROPOSED:HASH') end
  if then_to < to or then_proposed < proposed then return refuse('MALFORMED', 'the progress falls') end
  if then_sequence ~= sequence + (batch == '' and 0 or 1) then
    return refuse('MALFORMED', 'a batch takes the next number, and nothing else does')
  end
  local hold, free, at
  hold, at = counted(args, 5, 2)
  if hold then free, at = counted(args, at, 1) end
  if not free then return refuse('MALFORMED', 'the counts and the number of arguments differ') end
  if (batch == '') ~= (at > #args) then return refuse('MALFORMED', 'a batch has orders, and orders have a batch') end
  for i = at, #args do
    if args[i] == '' then return refuse('MALFORMED', 'an order has no body') end
  end

  local fault = wrong_type(keys, TYPES)
  if fault then return refuse('CORRUPTED', fault .. ' is of another type') end
  local stored = redis.call('HMGET', progress, partition, 'orders', 'batches')
  if (stored[1] or '0:0:0:') ~= found then return refuse('CONFLICT', stored[1] or '0:0:0:') end
  local last_order, last_batch = whole(stored[2] or '0'), whole(stored[3] or '0')
  if not last_order or last_id(orders) ~= last_order .. '-0' then
    return refuse('CORRUPTED', 'the orders do not end where they should')
  end
  if not last_batch or last_id(batches) ~= last_batch .. '-0' then
    return refuse('CORRUPTED', 'the batches do not end where they should')
  end

  -- From here on nothing can fail.
  local first = last_order + 1
  for i = at, #args do
    last_order = last_order + 1
    redis.call('XADD', orders, last_order .. '-0', 'e', args[i])
  end
  if batch ~= '' then
    last_batch = last_batch + 1
    redis.call('XADD', batches, last_batch .. '-0', 'e', batch, 'first', first)
  end
  redis.call('HSET', progress, partition, after, 'orders', last_order, 'batches', last_batch)
  in_pieces('HSET', held, hold)
  in_pieces('HDEL', held, free)
  return first
end

redis.register_function('kelambu_pay_leave', guarded(4, leave))
