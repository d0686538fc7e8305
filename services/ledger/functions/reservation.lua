-- {a:AGENCY}: which ids the agency has used, for what content, and the retractions that came too early.
--
-- A record is status, 8 bytes tag of the content, 6 bytes milliseconds of admission, 1 byte number of the bytes that
-- tell the parts of the content apart, these bytes, target.
-- Status: t taken over HTTP and standing in the stream of what was taken; b the same, and admission has begun;
-- n admission has begun from the outbox; a accepted, w waiting, any other letter: refused, and why.
-- Target: P and a person's token, C and a claim number, or W and the id hash of an event not yet seen.
local PARTS = 16

local function target_of(record) return string.sub(record, PARTS + 1 + string.byte(record, PARTS)) end

local function with_target(record, target)
  return string.sub(record, 1, PARTS + string.byte(record, PARTS)) .. target
end

-- The target that an id's target leads to: an event that retracts another goes where that one went. What only stands in
-- the stream of what was taken has gone nowhere yet.
local function resolve(ids, target)
  for _ = 1, 64 do
    if string.sub(target, 1, 1) ~= 'W' then return target end
    local record = redis.call('HGET', ids, string.sub(target, 2))
    if not record or string.sub(record, 1, 1) == 't' or target_of(record) == target then return target end
    target = target_of(record)
  end
  return target
end

local function is_target(text)
  local kind = string.sub(text, 1, 1)
  if kind == 'W' then return #text == 17 end
  return (kind == 'P' or kind == 'C') and #text > 1 and #text <= 65
end

-- What is asked for: id, mode (r takes the id if it is free, k leaves it), and the rest of its record: tag, parts, target.
local function asked_id(asked) return string.sub(asked, 1, 16) end

-- The record for what is asked, with a status, admitted at these milliseconds.
local function record_of(asked, status, milliseconds)
  return status .. string.sub(asked, 18, 25) .. milliseconds .. string.sub(asked, 26)
end

local function is_asked(asked)
  local mode = string.sub(asked, 17, 17)
  return #asked > 27 and (mode == 'r' or mode == 'k') and is_target(target_of(record_of(asked, 'n', '123456')))
end

-- Looks up what is asked for, and takes it with a status where it is free and may be taken. Returns verdict and
-- record: new, c other content, - left free; otherwise the status of the record, whose content is the same.
local function look_or_take(ids, milliseconds, asked, status)
  local id = asked_id(asked)
  local record = redis.call('HGET', ids, id)
  if not record and string.sub(asked, 17, 17) == 'k' then return '-', '' end
  if not record then
    record = record_of(asked, status, milliseconds)
    record = with_target(record, resolve(ids, target_of(record)))
    redis.call('HSET', ids, id, record)
    return 'new', record
  end
  if string.sub(record, 2, 9) ~= string.sub(asked, 18, 25) then return 'c', record end
  return string.sub(record, 1, 1), record
end

-- How a verdict is answered; what is not here is finished.
local SAID = {new = 'n', n = 'u', t = 'u', b = 'u', c = 'c', ['-'] = '-'}

-- reserve(ids, awaited; milliseconds; asked…): in this order, each id is taken for its content. Answers for each a
-- verdict, 1 or 0 for whether retractions wait for it, and the record. Verdicts: n new, u begun before, f finished
-- before, c other content, - left free.
local function reserve(keys, args)
  if #keys ~= 2 or #args < 1 or #args[1] ~= 6 then return redis.error_reply('MALFORMED two keys, a time, what is asked') end
  for i = 2, #args do
    if not is_asked(args[i]) then return redis.error_reply('MALFORMED id, mode, tag, parts, target') end
  end
  if wrong_type(keys, {'hash', 'set'}) then return redis.error_reply('CORRUPTED reservations of another type') end
  local ids, waited_for = keys[1], redis.call('SCARD', keys[2]) > 0
  local answers = {}
  for i = 2, #args do
    local verdict, record = look_or_take(ids, args[1], args[i], 'n')
    if verdict == 't' then
      verdict, record = 'new', 'b' .. string.sub(record, 2)
      redis.call('HSET', ids, asked_id(args[i]), record)
    end
    if record ~= '' and verdict ~= 'c' then record = with_target(record, resolve(ids, target_of(record))) end
    local flag = waited_for and redis.call('SISMEMBER', keys[2], asked_id(args[i])) or 0
    answers[#answers + 1] = (SAID[verdict] or 'f') .. flag .. record
  end
  return answers
end

-- receive(ids, taken; milliseconds; (asked, packet)…): what came over HTTP. As reserve, but the
-- packet of what is not yet accepted, waiting or refused joins the stream of what was taken, once.
-- Answers for each a verdict and the record.
local function receive(keys, args)
  if #keys ~= 2 or #args % 2 ~= 1 or #args[1] ~= 6 then return redis.error_reply('MALFORMED two keys, a time, pairs') end
  for i = 2, #args, 2 do
    if not is_asked(args[i]) then return redis.error_reply('MALFORMED id, mode, tag, parts, target') end
  end
  if wrong_type(keys, {'hash', 'stream'}) then return redis.error_reply('CORRUPTED reservations of another type') end
  local answers = {}
  for i = 2, #args, 2 do
    local id = asked_id(args[i])
    local verdict, record = look_or_take(keys[1], args[1], args[i], 't')
    if verdict == 'n' then
      record = 'b' .. string.sub(record, 2)
      redis.call('HSET', keys[1], id, record)
    end
    if verdict == 'new' or verdict == 'n' then
      redis.call('XADD', keys[2], '*', 'i', id, 'e', args[i + 1])
    end
    answers[#answers + 1] = (SAID[verdict] or 'f') .. '0' .. record
  end
  return answers
end

-- finish(ids; (id, status, target)…), each in one argument: says what became of documents. What is accepted or refused
-- stays so. Answers nothing for what is recorded so, and the record for what is recorded otherwise.
local function finish(keys, args)
  if #keys ~= 1 then return redis.error_reply('MALFORMED one key') end
  for i = 1, #args do
    if not string.find(string.sub(args[i], 17, 17), '^%l$') or not is_target(string.sub(args[i], 18)) then
      return redis.error_reply('MALFORMED id, status, target')
    end
  end
  if wrong_type(keys, {'hash'}) then return redis.error_reply('CORRUPTED reservations of another type') end
  local records = {}
  for i = 1, #args do
    local id, result = asked_id(args[i]), string.sub(args[i], 17, 17)
    local record = redis.call('HGET', keys[1], id)
    local status = record and string.sub(record, 1, 1)
    if status and (string.find(status, '[nbt]') or (status == 'w' and result ~= 'w')) then
      record = with_target(result .. string.sub(record, 2), string.sub(args[i], 18))
      redis.call('HSET', keys[1], id, record)
    end
    records[i] = record and string.sub(record, 1, 1) ~= result and record
  end
  return records
end

-- hold(ids, awaited, early; id, awaited id, 1 if it may be there already, element): keeps a retraction until the
-- event it retracts is seen. Answers nothing, or the target to go to, if that has been seen by now.
local function hold(keys, args)
  if #keys ~= 3 or #args ~= 4 or #args[1] ~= 16 or #args[2] ~= 16 or string.sub(args[4], 1, 16) ~= args[1] then
    return redis.error_reply('MALFORMED three keys, id, awaited id, flag, element')
  end
  if wrong_type(keys, {'hash', 'set', 'list'}) then return redis.error_reply('CORRUPTED reservations of another type') end
  local target = resolve(keys[1], 'W' .. args[2])
  if target ~= 'W' .. args[2] then return target end
  local present = false
  if args[3] == '1' then
    for _, element in ipairs(redis.call('LRANGE', keys[3], 0, -1)) do
      present = present or string.sub(element, 1, 16) == args[1]
    end
  end
  if not present then redis.call('RPUSH', keys[3], args[4]) end
  redis.call('SADD', keys[2], args[2])
  local record = redis.call('HGET', keys[1], args[1])
  if record then redis.call('HSET', keys[1], args[1], with_target(record, target)) end
  return nil
end

-- let_go(awaited, early; awaited id, element…): forgets retractions that have been moved.
local function let_go(keys, args)
  if #keys ~= 2 or #args < 1 or #args[1] ~= 16 then return redis.error_reply('MALFORMED two keys, awaited id, elements') end
  if wrong_type(keys, {'set', 'list'}) then return redis.error_reply('CORRUPTED reservations of another type') end
  for i = 2, #args do redis.call('LREM', keys[2], 1, args[i]) end
  if redis.call('EXISTS', keys[2]) == 0 then redis.call('SREM', keys[1], args[1]) end
  return #args - 1
end

redis.register_function('kelambu_reserve', guarded(2, reserve))
redis.register_function('kelambu_receive', guarded(2, receive))
redis.register_function('kelambu_finish', finish)
redis.register_function('kelambu_hold', hold)
redis.register_function('kelambu_let_go', let_go)
