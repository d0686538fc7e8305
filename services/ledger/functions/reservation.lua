-- {a:AGENCY}: which ids the agency has used, for what content, the retractions that came too early, and its receipts.
--
-- A record is status, 8 bytes tag of the content, 6 bytes milliseconds of admission, 1 byte number of the bytes that
-- tell the parts of the content apart, these bytes, target.
-- Status: t taken over HTTP and standing in the stream of what was taken; b the same, and admission has begun;
-- n admission has begun from the outbox; a accepted, w waiting, any other letter: refused, and why.
-- Target: P and a person's token, C and a claim number, or W and the id hash of an event not yet seen.
local PARTS = 16
local FIRST, LAST = ('az'):byte(1, 2)
local PERSON, CLAIM, EVENT = ('PCW'):byte(1, 3)

local function target_of(record) return record:sub(PARTS + 1 + record:byte(PARTS)) end

local function with_target(record, target)
  return record:sub(1, PARTS + record:byte(PARTS)) .. target
end

local function with_status(record, status) return status .. record:sub(2) end

-- The records of ids: read with one command, changed here, written with one.
local function opened(key, ids)
  local records = {}
  for i = 1, #ids, 1000 do
    for j, record in ipairs(redis.call('HMGET', key, unpack(ids, i, math.min(i + 999, #ids)))) do
      records[ids[i + j - 1]] = record
    end
  end
  return {key = key, records = records, changed = {}}
end

local function record_in(book, id)
  if book.records[id] == nil then book.records[id] = redis.call('HGET', book.key, id) end
  return book.records[id]
end

local function put(book, id, record)
  book.records[id] = record
  book.changed[#book.changed + 1] = id
end

local function write(book)
  local pairs = {}
  for i, id in ipairs(book.changed) do pairs[2 * i - 1], pairs[2 * i] = id, book.records[id] end
  in_pieces('HSET', book.key, pairs)
end

-- The target that an id's target leads to: an event that retracts another goes where that one went. What only stands in
-- the stream of what was taken has gone nowhere yet.
local function resolve(book, target)
  for _ = 1, 64 do
    if target:sub(1, 1) ~= 'W' then return target end
    local record = record_in(book, target:sub(2))
    if not record or record:sub(1, 1) == 't' or target_of(record) == target then return target end
    target = target_of(record)
  end
  return target
end

-- Whether a text is a target from a place on to its end.
local function is_target(text, place)
  local kind, size = text:byte(place), #text - place + 1
  if kind == EVENT then return size == 17 end
  return (kind == PERSON or kind == CLAIM) and size > 1 and size <= 65
end

-- What is asked for: id, mode (r takes the id if it is free, k leaves it), and the rest of its record: tag, parts, target.
local TAKE, LOOK = ('rk'):byte(1, 2)

local function asked_id(asked) return asked:sub(1, 16) end

local function target_place(asked) return 27 + asked:byte(26) end

-- The record for what is asked, with a status, admitted at these milliseconds.
local function record_of(asked, status, milliseconds)
  return status .. asked:sub(18, 25) .. milliseconds .. asked:sub(26)
end

local function is_asked(asked)
  if #asked <= 27 then return false end
  local mode = asked:byte(17)
  return (mode == TAKE or mode == LOOK) and is_target(asked, target_place(asked))
end

-- The records of what is asked for, from the first argument on, each step arguments.
local function opened_for(key, args, step)
  local ids = {}
  for i = 2, #args, step do ids[#ids + 1] = asked_id(args[i]) end
  return opened(key, ids), ids
end

-- Looks up what is asked for, and takes it with a status where it is free and may be taken. Returns verdict and
-- record: new, c other content, - left free; otherwise the status of the record, whose content is the same. Of what is
-- new also whether the record has the target that was asked for.
local function look_or_take(book, milliseconds, asked, status)
  local id = asked_id(asked)
  local record = record_in(book, id)
  if not record and asked:byte(17) == LOOK then return '-', '' end
  if not record then
    record = record_of(asked, status, milliseconds)
    local as_asked = true
    if asked:byte(target_place(asked)) == EVENT then
      local target = target_of(record)
      local leads_to = resolve(book, target)
      as_asked = leads_to == target
      record = with_target(record, leads_to)
    end
    put(book, id, record)
    return 'new', record, as_asked
  end
  if record:sub(2, 9) ~= asked:sub(18, 25) then return 'c', record end
  return record:sub(1, 1), record
end

-- How a verdict is answered; what is not here is finished.
local SAID = {new = 'n', n = 'u', t = 'u', b = 'u', c = 'c', ['-'] = '-'}

-- reserve(ids, awaited; milliseconds; asked…): in this order, each id is taken for its content. Answers for each a
-- verdict, 1 or 0 for whether retractions wait for it, and the record, unless it is new and just as asked for.
-- Verdicts: n new, u begun before, f finished before, c other content, - left free.
local function reserve(keys, args)
  if #keys ~= 2 or #args < 1 or #args[1] ~= 6 then return redis.error_reply('MALFORMED two keys, a time, what is asked') end
  for i = 2, #args do
    if not is_asked(args[i]) then return redis.error_reply('MALFORMED id, mode, tag, parts, target') end
  end
  if wrong_type(keys, {'hash', 'set'}) then return redis.error_reply('CORRUPTED reservations of another type') end
  local book, ids = opened_for(keys[1], args, 1)
  local waited_for = redis.call('SCARD', keys[2]) > 0
  local answers = {}
  for i = 2, #args do
    local verdict, record, as_asked = look_or_take(book, args[1], args[i], 'n')
    if verdict == 't' then
      verdict, record = 'new', with_status(record, 'b')
      put(book, ids[i - 1], record)
    end
    if as_asked then
      record = ''
    elseif record ~= '' and verdict ~= 'c' then
      record = with_target(record, resolve(book, target_of(record)))
    end
    local flag = waited_for and redis.call('SISMEMBER', keys[2], ids[i - 1]) == 1 and '1' or '0'
    answers[i - 1] = (SAID[verdict] or 'f') .. flag .. record
  end
  write(book)
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
  local book, ids = opened_for(keys[1], args, 2)
  local answers, kept = {}, {}
  for i, id in ipairs(ids) do
    local verdict, record = look_or_take(book, args[1], args[2 * i], 't')
    if verdict == 'n' then
      record = with_status(record, 'b')
      put(book, id, record)
    end
    if verdict == 'new' or verdict == 'n' then kept[#kept + 1] = i end
    answers[i] = (SAID[verdict] or 'f') .. '0' .. record
  end
  write(book)
  for _, i in ipairs(kept) do redis.call('XADD', keys[2], '*', 'i', ids[i], 'e', args[2 * i + 1]) end
  return answers
end

local UNFINISHED = {[('n'):byte()] = true, [('b'):byte()] = true, [('t'):byte()] = true}
local WAITING = ('w'):byte()

-- Whether every argument from one place to another says what became of an id.
local function are_results(args, first, last)
  for i = first, last do
    local status = args[i]:byte(17)
    if not status or status < FIRST or status > LAST or not is_target(args[i], 18) then return false end
  end
  return true
end

-- Records results; returns what stands there otherwise, as finish answers it, and whether anything does.
local function record_results(key, args, first, last)
  local ids, otherwise, any = {}, {}, false
  for i = first, last do ids[#ids + 1] = asked_id(args[i]) end
  local book = opened(key, ids)
  for i, id in ipairs(ids) do
    local said, record = args[first + i - 1], record_in(book, id)
    local result, status = said:byte(17), record and record:byte()
    if UNFINISHED[status] or (status == WAITING and result ~= WAITING) then
      record = said:sub(17, 17) .. record:sub(2, PARTS + record:byte(PARTS)) .. said:sub(18)
      put(book, id, record)
      status = result
    end
    otherwise[i] = status ~= result and record
    any = any or otherwise[i]
  end
  write(book)
  return otherwise, any
end

-- finish(ids; (id, status, target)…), each in one argument: says what became of documents. What is accepted or refused
-- stays so. Answers nothing for what is recorded so, and the record for what is recorded otherwise.
local function finish(keys, args)
  if #keys ~= 1 then return redis.error_reply('MALFORMED one key') end
  if not are_results(args, 1, #args) then return redis.error_reply('MALFORMED id, status, target') end
  if wrong_type(keys, {'hash'}) then return redis.error_reply('CORRUPTED reservations of another type') end
  return (record_results(keys[1], args, 1, #args))
end

-- What speaks against arguments of answer from a place on; else nil and the place of the first outbox id.
local function unanswerable(args, first)
  local kept, count = whole(args[first] or ''), whole(args[first + 1] or '')
  if not kept or not count or #args < first + 1 + count then return 'two numbers, receipts, ids' end
  for i = first + count + 2, #args do
    if not is_stream_id(args[i]) then return 'no stream id' end
  end
  return nil, first + count + 2
end

local function delete(key, args, first, last)
  for i = first, last, 1000 do redis.call('XDEL', key, unpack(args, i, math.min(i + 999, last))) end
end

local function give_receipts(key, args, first, last)
  local call = redis.call
  for i = first + 2, last do call('XADD', key, '*', 'receipt', args[i]) end
  if last > first + 1 then redis.call('XTRIM', key, 'MAXLEN', '~', args[first]) end
end

-- answer(receipts, outbox; how many receipts to keep, number of receipts, receipt…, outbox id…): on the edge.
local function answer(keys, args)
  if #keys ~= 2 then return redis.error_reply('MALFORMED two keys') end
  local fault, done = unanswerable(args, 1)
  if fault then return redis.error_reply('MALFORMED ' .. fault) end
  if wrong_type(keys, {'stream', 'stream'}) then return redis.error_reply('CORRUPTED an agency\'s stream is none') end
  give_receipts(keys[1], args, 1, done - 1)
  delete(keys[2], args, done, #args)
  return done - 3
end

-- conclude(ids, taken, receipts, outbox; number of results, result…, number of ids of the stream of what was taken, id…,
-- and what answer takes): finish and answer in one step, where the edge is the core's server. Where anything is recorded
-- otherwise nobody is answered: the caller does so, once it has seen the records.
local function conclude(keys, args)
  local count = whole(args[1] or '')
  local taken = count and whole(args[count + 2] or '')
  if #keys ~= 4 or not taken or #args < count + taken + 2 then
    return redis.error_reply('MALFORMED four keys, results, ids, receipts')
  end
  if not are_results(args, 2, count + 1) then return redis.error_reply('MALFORMED id, status, target') end
  local first_answer = count + taken + 3
  for i = count + 3, first_answer - 1 do
    if not is_stream_id(args[i]) then return redis.error_reply('MALFORMED no stream id') end
  end
  local fault, done = unanswerable(args, first_answer)
  if fault then return redis.error_reply('MALFORMED ' .. fault) end
  if wrong_type(keys, {'hash', 'stream', 'stream', 'stream'}) then
    return redis.error_reply('CORRUPTED reservations or a stream of another type')
  end
  local otherwise, any = record_results(keys[1], args, 2, count + 1)
  if any then return otherwise end
  give_receipts(keys[3], args, first_answer, done - 1)
  delete(keys[4], args, done, #args)
  delete(keys[2], args, count + 3, first_answer - 1)
  return otherwise
end

-- hold(ids, awaited, early; id, awaited id, 1 if it may be there already, element): keeps a retraction until the
-- event it retracts is seen. Answers nothing, or the target to go to, if that has been seen by now.
local function hold(keys, args)
  if #keys ~= 3 or #args ~= 4 or #args[1] ~= 16 or #args[2] ~= 16 or args[4]:sub(1, 16) ~= args[1] then
    return redis.error_reply('MALFORMED three keys, id, awaited id, flag, element')
  end
  if wrong_type(keys, {'hash', 'set', 'list'}) then return redis.error_reply('CORRUPTED reservations of another type') end
  local target = resolve(opened(keys[1], {}), 'W' .. args[2])
  if target ~= 'W' .. args[2] then return target end
  local present = false
  if args[3] == '1' then
    for _, element in ipairs(redis.call('LRANGE', keys[3], 0, -1)) do
      present = present or element:sub(1, 16) == args[1]
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
redis.register_function('kelambu_answer', answer)
redis.register_function('kelambu_conclude', conclude)
redis.register_function('kelambu_hold', hold)
redis.register_function('kelambu_let_go', let_go)
