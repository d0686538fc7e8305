-- Leases: who does a piece of work for now. They save work; correctness never rests on them.

local function lasting(text)
  return text and whole(text) and text ~= '0'
end

-- acquire(lease; holder, milliseconds): 1 when the holder has it from now on, 0 when another has it.
local function acquire(keys, args)
  if not lasting(args[2]) then return redis.error_reply('MALFORMED a lease lasts some milliseconds') end
  local holder = redis.call('GET', keys[1])
  if holder and holder ~= args[1] then return 0 end
  redis.call('SET', keys[1], args[1], 'PX', args[2])
  return 1
end

-- renew(lease; holder, milliseconds): 1 when the holder still had it, 0 when it has been lost.
local function renew(keys, args)
  if not lasting(args[2]) then return redis.error_reply('MALFORMED a lease lasts some milliseconds') end
  if redis.call('GET', keys[1]) ~= args[1] then return 0 end
  return redis.call('PEXPIRE', keys[1], args[2])
end

-- release(lease; holder): 1 when the holder had it.
local function release(keys, args)
  if redis.call('GET', keys[1]) ~= args[1] then return 0 end
  return redis.call('DEL', keys[1])
end

redis.register_function('kelambu_lease_acquire', acquire)
redis.register_function('kelambu_lease_renew', renew)
redis.register_function('kelambu_lease_release', release)
