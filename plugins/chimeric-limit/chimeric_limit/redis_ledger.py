"""The books of many processes and machines, in Redis or Valkey."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from chimeric_stores import connected

from .leases import Leases
from .ledger import Granted, NoRoom
from .rates import MEASURES, Amounts, Rates

if TYPE_CHECKING:
    import redis

__all__ = ["RedisLedger"]

LEASE = 30.0
"""Seconds after which the places of a process that has crashed are free again."""

SCRIPT = """
-- One step over the books of one key; nothing else runs meanwhile.
-- KEYS[1]: what all names begin with. ARGV: verb, ticket, lease, clock or "", JSON of the rest.
local base, verb, ticket, lease = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local told = cjson.decode(ARGV[5])
local now = tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
-- A clock never goes back, whoever brings it.
local last = tonumber(redis.call('GET', base .. ':clock'))
if last and last > now then now = last end
redis.call('SET', base .. ':clock', string.format('%.6f', now), 'EX', told.keep)

local function names(measure)
  return base .. ':at:' .. measure, base .. ':of:' .. measure, base .. ':sum:' .. measure
end

local function grow(sum, amount)
  redis.call('INCRBYFLOAT', sum, string.format('%.9f', amount))
end

local function room(measure, want, limit, window)
  local at, of, sum = names(measure)
  local gone = redis.call('ZRANGEBYSCORE', at, '-inf', string.format('%.6f', now - window))
  for _, old in ipairs(gone) do
    grow(sum, -tonumber(redis.call('HGET', of, old) or 0))
    redis.call('HDEL', of, old)
    redis.call('ZREM', at, old)
  end
  local over = tonumber(redis.call('GET', sum) or 0) + want - limit
  if over <= 1e-6 then return 0 end
  local first = 0
  while true do
    local some = redis.call('ZRANGE', at, first, first + 99, 'WITHSCORES')
    if #some == 0 then return window end
    for place = 1, #some, 2 do
      over = over - tonumber(redis.call('HGET', of, some[place]) or 0)
      if over <= 1e-6 then return tonumber(some[place + 1]) + window - now end
    end
    first = first + 100
  end
end

local function add(measure, amount)
  local at, of, sum = names(measure)
  redis.call('ZADD', at, 'NX', string.format('%.6f', now), ticket)
  redis.call('HINCRBYFLOAT', of, ticket, string.format('%.9f', amount))
  grow(sum, amount)
  for _, name in ipairs({at, of, sum}) do redis.call('EXPIRE', name, told.keep) end
end

local open = base .. ':open'
if verb == 'keep' then
  redis.call('ZADD', open, 'XX', string.format('%.6f', now + lease), ticket)
  redis.call('EXPIRE', open, told.keep)
  return {'ok'}
end
if verb == 'pause' then
  local until_ = now + told.seconds
  local paused = tonumber(redis.call('GET', base .. ':paused') or 0)
  if until_ > paused then
    redis.call('SET', base .. ':paused', string.format('%.6f', until_), 'EX', told.keep)
  end
  return {'ok'}
end
if verb == 'settle' then
  redis.call('ZREM', open, ticket)
  for measure, amount in pairs(told.amounts) do
    local _, of, sum = names(measure)
    local before = redis.call('HGET', of, ticket)
    if before then
      grow(sum, amount - tonumber(before))
      redis.call('HSET', of, ticket, string.format('%.9f', amount))
    end
  end
  return {'ok'}
end
if verb == 'take' then
  local paused = tonumber(redis.call('GET', base .. ':paused') or 0)
  if paused > now then return {'none', 'paused', tostring(paused - now), '0'} end
  if told.concurrent then
    redis.call('ZREMRANGEBYSCORE', open, '-inf', string.format('%.6f', now))
    if redis.call('ZCARD', open) >= told.concurrent then
      return {'none', 'concurrent', '', told.concurrent < 1 and '1' or '0'}
    end
  end
end
local worst, longest = nil, 0
for _, limit in ipairs(told.limits) do
  local seconds = room(limit[1], limit[4], limit[2], limit[3])
  if limit[4] > limit[2] + 1e-6 then return {'none', limit[1], '', '1'} end
  if seconds > longest then worst, longest = limit[1], seconds end
end
if worst then return {'none', worst, tostring(longest), '0'} end
for _, limit in ipairs(told.limits) do add(limit[1], limit[4]) end
if verb == 'take' and told.concurrent then
  redis.call('ZADD', open, string.format('%.6f', now + lease), ticket)
  redis.call('EXPIRE', open, told.keep)
end
return {'ok', string.format('%.6f', now)}
"""


class RedisLedger:
    """Books that many processes share: one script a step, by the server's clock, so that workers
    neither drift nor race. A process that crashes loses its places after 30 seconds.

    Args:
        server: the URL (``redis://127.0.0.1:6379/0``), or a blocking client.
        prefix: what all keys begin with.
        wait: seconds to wait for a connection, and for an answer. A client that is given has its
            own.
        clock: seconds, the same for all who share the books; None: the server's.

    Raises:
        ConfigurationError: without the package ``redis``, or for a URL that is none.
    """

    blocks = True

    def __init__(
        self,
        server: str | redis.Redis,
        *,
        prefix: str = "chimeric:limit:",
        wait: float = 1.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        if isinstance(server, str):
            server = connected(server, plugin="chimeric-limit", seconds=wait)
        client: Any = server
        self._script = client.register_script(SCRIPT)
        self._prefix = prefix
        self._clock = clock
        self._leases = Leases(self._keep, every=LEASE / 3, name="chimeric-limit")

    def take(self, key: str, rates: Rates, amounts: Amounts) -> Granted | NoRoom:
        """Take what an attempt needs of a key, or nothing.

        Raises:
            redis.RedisError: when the server cannot be reached.
        """
        ticket = uuid.uuid4().hex
        told = self._step("take", key, ticket, rates, amounts)
        if isinstance(told, NoRoom):
            return told
        if rates.concurrent is not None:
            self._leases.hold(ticket, (key, rates))
        return Granted(ticket, told)

    def more(self, key: str, ticket: str, rates: Rates, amounts: Amounts) -> NoRoom | None:
        """Take more for an attempt that is under way."""
        running = msgspec.structs.replace(rates, requests=None)
        told = self._step("more", key, ticket, running, amounts)
        return told if isinstance(told, NoRoom) else None

    def settle(self, key: str, ticket: str, rates: Rates, amounts: Amounts | None) -> None:
        """The attempt has ended."""
        self.forget(ticket)
        told = {} if amounts is None else {m: amounts.of(m) for m in MEASURES if m != "requests"}
        self._run("settle", key, ticket, rates, {"amounts": told})

    def forget(self, ticket: str) -> None:
        """Do not keep an attempt's place any longer; the server frees it when its lease ends."""
        self._leases.drop(ticket)

    def pause(self, key: str, rates: Rates, seconds: float) -> None:
        """Let nobody take anything of a key for so long."""
        self._run("pause", key, "", rates, {"seconds": seconds})

    def _step(
        self, verb: str, key: str, ticket: str, rates: Rates, amounts: Amounts
    ) -> NoRoom | float:
        limits = [
            (measure, limit, window, amounts.of(measure))
            for measure, limit, window in rates.limits()
        ]
        rest = {"limits": limits, "concurrent": rates.concurrent}
        told = self._run(verb, key, ticket, rates, rest)
        if told[0] == "ok":
            return float(told[1])
        _, limit, seconds, never = told
        return NoRoom(limit, float(seconds) if seconds else None, never == "1")

    def _run(
        self, verb: str, key: str, ticket: str, rates: Rates, rest: dict[str, Any]
    ) -> list[str]:
        keep = int(max(rates.window, rates.spending_window, LEASE)) + 60
        clock = "" if self._clock is None else repr(self._clock())
        # None is not nil in the script's JSON.
        told = {name: value for name, value in rest.items() if value is not None} | {"keep": keep}
        # One hash slot of a cluster for all that belongs to a key.
        base = f"{self._prefix}{{{key}}}"
        data = msgspec.json.encode(told)
        answer: Any = self._script(keys=[base], args=[verb, ticket, LEASE, clock, data])
        return [item.decode() if isinstance(item, bytes) else item for item in answer]

    def _keep(self, held: Mapping[str, tuple[str, Rates]]) -> None:
        for ticket, (key, rates) in held.items():
            self._run("keep", key, ticket, rates, {})
