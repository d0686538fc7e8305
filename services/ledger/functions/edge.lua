-- {a:AGENCY} on the edge: receipts given and outbox entries done with, in one step.

-- answer(receipts, outbox; how many receipts to keep, number of receipts, receipt…, outbox id…)
local function answer(keys, args)
  local kept, count = whole(args[1] or ''), whole(args[2] or '')
  if #keys ~= 2 or not kept or not count or #args < count + 2 then
    return redis.error_reply('MALFORMED two keys, two numbers, receipts, ids')
  end
  for i = count + 3, #args do
    if not stream_id(args[i]) then return redis.error_reply('MALFORMED no stream id') end
  end
  if wrong_type(keys, {'stream', 'stream'}) then return redis.error_reply('CORRUPTED an agency\'s stream is none') end
  for i = 3, count + 2 do
    redis.call('XADD', keys[1], '*', 'receipt', args[i])
  end
  if count > 0 then redis.call('XTRIM', keys[1], 'MAXLEN', '~', kept) end
  for i = count + 3, #args, 1000 do redis.call('XDEL', keys[2], unpack(args, i, math.min(i + 999, #args))) end
  return count
end

redis.register_function('kelambu_answer', answer)
