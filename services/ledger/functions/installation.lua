-- {meta}: which installation the ledger belongs to, and which keys its events need.

-- mark(meta; mark as found or '', mark then, fingerprint, generation, its mark): answers the mark that stands there.
local function mark(keys, args)
  if #keys ~= 1 or #args ~= 5 or not whole(args[4]) then return redis.error_reply('MALFORMED one key, five arguments') end
  if wrong_type(keys, {'hash'}) then return redis.error_reply('CORRUPTED the meta data is no hash') end
  local stored = redis.call('HGET', keys[1], 'installation') or ''
  if stored ~= args[1] then return stored end
  redis.call('HSET', keys[1], 'installation', args[2], 'fingerprint', args[3], 'generation', args[4] .. ':' .. args[5])
  redis.call('HDEL', keys[1], 'restoring', 'restored')
  return args[2]
end

-- note_keys(meta; generation, its mark): keeps the later of it and what stands there.
local function note_keys(keys, args)
  if #keys ~= 1 or #args ~= 2 or not whole(args[1]) then return redis.error_reply('MALFORMED one key, two arguments') end
  if wrong_type(keys, {'hash'}) then return redis.error_reply('CORRUPTED the meta data is no hash') end
  local stored = whole(string.match(redis.call('HGET', keys[1], 'generation') or '0:', '^(%d+):') or '0') or 0
  if whole(args[1]) > stored then redis.call('HSET', keys[1], 'generation', args[1] .. ':' .. args[2]) end
  return redis.status_reply('OK')
end

redis.register_function('kelambu_mark', mark)
redis.register_function('kelambu_note_keys', guarded(1, note_keys))
