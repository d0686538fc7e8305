-- {c:NUMBER}: which filing took a claim number, whose claim it is, and the events that came before the filing.
--
-- The route is a hash: filing (id hash), agency (who filed), person (token; set once the filing is in its inbox).

-- take(route; id, agency): 1 when the number belongs to this filing, 0 when another has it.
local function take(keys, args)
  if #keys ~= 1 or #args ~= 2 or #args[1] ~= 16 then return redis.error_reply('MALFORMED one key, id, agency') end
  if wrong_type(keys, {'hash'}) then return redis.error_reply('CORRUPTED the route is no hash') end
  local filing = redis.call('HGET', keys[1], 'filing')
  if not filing then redis.call('HSET', keys[1], 'filing', args[1], 'agency', args[2]) end
  return (not filing or filing == args[1]) and 1 or 0
end

-- open(route, waiting; id, person): the filing is in its inbox. Answers how many events wait to follow it.
local function open(keys, args)
  if #keys ~= 2 or #args ~= 2 or args[2] == '' then return redis.error_reply('MALFORMED two keys, id, person') end
  if wrong_type(keys, {'hash', 'list'}) then return redis.error_reply('CORRUPTED route or list of another type') end
  if redis.call('HGET', keys[1], 'filing') ~= args[1] then
    return redis.error_reply('MALFORMED another filing has this number')
  end
  redis.call('HSET', keys[1], 'person', args[2])
  return redis.call('LLEN', keys[2])
end

-- route(route, waiting; id, 1 if it may be there already, element): answers the person, the agency that filed, and
-- how many events wait. Unless the person is known and nobody waits, the element joins the list: nothing overtakes.
-- Two workers who do the same work at once may put it there twice; the partition decides it once.
-- Without arguments it only answers. Once the person is known and nobody waits, it stays so.
local function route(keys, args)
  if #keys ~= 2 or (#args ~= 0 and #args ~= 3) then return redis.error_reply('MALFORMED two keys, id, flag, element') end
  if #args == 3 and (#args[1] ~= 16 or string.sub(args[3], 1, 16) ~= args[1]) then
    return redis.error_reply('MALFORMED an element begins with its id')
  end
  if wrong_type(keys, {'hash', 'list'}) then return redis.error_reply('CORRUPTED route or list of another type') end
  local known = redis.call('HMGET', keys[1], 'person', 'agency')
  local length = redis.call('LLEN', keys[2])
  if #args == 3 and not (known[1] and length == 0) then
    local present = false
    if args[2] == '1' then
      for _, element in ipairs(redis.call('LRANGE', keys[2], 0, -1)) do
        present = present or string.sub(element, 1, 16) == args[1]
      end
    end
    if not present then length = redis.call('RPUSH', keys[2], args[3]) end
  end
  return {known[1] or '', known[2] or '', length}
end

redis.register_function('kelambu_take', take)
redis.register_function('kelambu_open', open)
redis.register_function('kelambu_route', route)
