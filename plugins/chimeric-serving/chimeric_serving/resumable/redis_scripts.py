"""The steps of a stream in Redis: each is one script, so that nothing comes in between.

A stream is a hash (what is known of it) and a Redis stream (its log, whose ids are the offsets).
Both are in one hash slot. No step looks at the server's clock: it may jump.
"""

from __future__ import annotations

from typing import Final

__all__ = ["APPEND", "CREATE", "FIELDS", "LOSE", "SEEN", "STOP"]

FIELDS: Final = ("v", "state", "last", "beats", "seen", "owner", "stopping", "watched")

_HEAD: Final = f"return redis.call('HMGET', KEYS[1], {', '.join(map(repr, FIELDS))})"

_KEEP: Final = """
local ttl = redis.call('HGET', KEYS[1], 'ttl')
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('PEXPIRE', KEYS[2], ttl)
"""

CREATE: Final = """
-- ARGV: token, owner, watched, ttl in ms. What a full server refuses has to be the first write.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'v', 1, 'token', ARGV[1], 'state', 'live', 'last', 0, 'beats', 0,
  'seen', 0, 'owner', ARGV[2], 'stopping', 0, 'watched', ARGV[3], 'ttl', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('DEL', KEYS[2])
return 1
"""

APPEND: Final = f"""
-- ARGV: token, offset of the first event, state, events
local known = redis.call('HMGET', KEYS[1], 'token', 'state', 'last')
if known[1] ~= ARGV[1] then return false end
local first, count, last = tonumber(ARGV[2]), #ARGV - 3, tonumber(known[3])
if known[2] ~= 'live' then
  if known[2] ~= ARGV[3] or first + count - 1 > last then return false end
else
  if first > last + 1 then return false end
  if last > 0 and redis.call('EXISTS', KEYS[2]) == 0 then return false end
  for place = last + 2 - first, count do
    last = last + 1
    redis.call('XADD', KEYS[2], string.format('%d-0', last), 'd', ARGV[3 + place])
  end
  redis.call('HSET', KEYS[1], 'last', string.format('%d', last), 'state', ARGV[3])
  redis.call('HINCRBY', KEYS[1], 'beats', 1)
{_KEEP}
end
{_HEAD}
"""

SEEN: Final = f"""
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
redis.call('HINCRBY', KEYS[1], 'seen', 1)
{_HEAD}
"""

STOP: Final = """
if redis.call('HGET', KEYS[1], 'state') == 'live' then
  redis.call('HSET', KEYS[1], 'stopping', 1)
end
return 1
"""

LOSE: Final = f"""
-- ARGV: beats, the last event
local known = redis.call('HMGET', KEYS[1], 'state', 'beats', 'last')
if known[1] ~= 'live' or known[2] ~= ARGV[1] then return 0 end
local last = string.format('%d', tonumber(known[3]) + 1)
redis.call('XADD', KEYS[2], last .. '-0', 'd', ARGV[2])
redis.call('HSET', KEYS[1], 'state', 'lost', 'last', last)
{_KEEP}
return 1
"""
