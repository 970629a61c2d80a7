"""Books in this process and in Redis: the same answers, and never more than the limit."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time

from chimeric_limit import Amounts, Granted, Ledger, NoRoom, Rates, RedisLedger, Store
from chimeric_stores.fixtures import RedisServer


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(told: Granted | NoRoom) -> str:
    assert isinstance(told, Granted)
    return told.ticket


def test_a_window_slides_and_tells_when_there_is_room_again() -> None:
    clock = Clock()
    ledger, rates = Ledger(clock=clock), Rates(requests=2)
    taken(ledger.take("k", rates, Amounts()))
    clock.now += 10
    taken(ledger.take("k", rates, Amounts()))
    clock.now += 10
    assert ledger.take("k", rates, Amounts()) == NoRoom("requests", 40.0)
    taken(ledger.take("other", rates, Amounts()))
    clock.now += 40
    taken(ledger.take("k", rates, Amounts()))
    assert ledger.take("k", rates, Amounts()) == NoRoom("requests", 10.0)


def test_what_was_really_used_takes_the_place_of_the_estimate() -> None:
    clock = Clock()
    ledger, rates = Ledger(clock=clock), Rates(tokens=100)
    ticket = taken(ledger.take("k", rates, Amounts(90)))
    assert isinstance(ledger.take("k", rates, Amounts(20)), NoRoom)
    ledger.settle("k", ticket, rates, Amounts(30))
    taken(ledger.take("k", rates, Amounts(70)))
    assert ledger.take("k", rates, Amounts(1)) == NoRoom("tokens", 60.0)


def test_what_alone_is_more_than_the_limit_never_fits() -> None:
    ledger = Ledger()
    assert ledger.take("k", Rates(tokens=10), Amounts(11)) == NoRoom("tokens", None, never=True)
    assert ledger.take("k", Rates(requests=0), Amounts()) == NoRoom("requests", None, never=True)
    none = NoRoom("concurrent", None, never=True)
    assert ledger.take("k", Rates(concurrent=0), Amounts()) == none


def test_a_pause_holds_everybody_of_a_key() -> None:
    clock = Clock()
    ledger, rates = Ledger(clock=clock), Rates(requests=5)
    ledger.pause("k", rates, 30)
    ledger.pause("k", rates, 10)
    assert ledger.take("k", rates, Amounts()) == NoRoom("paused", 30.0)
    clock.now += 31
    taken(ledger.take("k", rates, Amounts()))


def step(
    store: Store, rates: Rates, action: tuple[str, int, Amounts | None], opened: list[str]
) -> object:
    verb, place, amounts = action
    if verb == "settle":
        if opened:
            store.settle("k", opened.pop(place % len(opened)), rates, amounts)
        return None
    if verb == "pause":
        store.pause("k", rates, place / 8)
        return None
    assert amounts is not None
    if verb == "more":
        return store.more("k", opened[place % len(opened)], rates, amounts) if opened else None
    told = store.take("k", rates, amounts)
    if isinstance(told, Granted):
        opened.append(told.ticket)
        return "granted"
    return told


def same(one: object, other: object) -> bool:
    if not isinstance(one, NoRoom) or not isinstance(other, NoRoom):
        return one == other
    near = one.seconds == other.seconds or abs((one.seconds or 0) - (other.seconds or 0)) < 1e-3
    return near and (one.limit, one.never) == (other.limit, other.never)


def test_redis_keeps_the_books_as_one_process_does(redis_server: RedisServer) -> None:
    rng, clock = random.Random(3), Clock()
    rates = Rates(requests=20, tokens=1000, spending=2.0, spending_window=300)
    stores = (Ledger(clock=clock), RedisLedger(redis_server.url, clock=clock))
    opened: tuple[list[str], list[str]] = ([], [])
    for number in range(2000):
        clock.now += rng.choice((0.0, 0.25, 1.0, 3.0))
        verb = rng.choices(("take", "settle", "more", "pause"), (10, 8, 3, 0.2))[0]
        amounts = Amounts(rng.randrange(150), round(rng.random() / 10, 4))
        told = amounts if verb != "settle" or rng.random() < 0.7 else None
        action = (verb, rng.randrange(100), told)
        mine, theirs = (step(s, rates, action, o) for s, o in zip(stores, opened, strict=True))
        assert same(mine, theirs), (number, action, mine, theirs)


WORKER = """
import sys
import redis
from chimeric_limit import Amounts, Granted, Rates, RedisLedger

port, count = int(sys.argv[1]), int(sys.argv[2])
client = redis.Redis(port=port)
seen = [0.0]


def clock():
    seen[0] = float(client.get("clock"))
    return seen[0]


ledger = RedisLedger(client, clock=clock)
rates = Rates(requests=600)
later = client.register_script('''
    if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1])) then
        redis.call('SET', KEYS[1], ARGV[1])
    end''')
granted = []
while count:
    told = ledger.take("k", rates, Amounts())
    if isinstance(told, Granted):
        granted.append(told.at)
        client.incrbyfloat("clock", 0.003)
        count -= 1
    else:
        later(keys=["clock"], args=[seen[0] + told.seconds])
client.rpush("granted", *granted)
"""


def test_eight_processes_never_use_more_than_the_limit_and_hardly_less(
    redis_server: RedisServer,
) -> None:
    processes, each, limit = 8, 1250, 600
    redis_server.client.set("clock", 1000)
    command = [sys.executable, "-c", WORKER, str(redis_server.port), str(each)]
    workers = [
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    try:
        for worker in workers:
            said = worker.communicate(timeout=200)[1]
            assert worker.returncode == 0, said
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(timeout=20)
    times = sorted(float(at) for at in redis_server.client.lrange("granted", 0, -1))
    assert len(times) == processes * each
    for first, after in zip(times, times[limit:], strict=False):
        assert after - first >= 60 - 1e-3
    minutes = (times[-1] - times[0]) / 60
    assert len(times) >= 0.95 * limit * (minutes + 1)


def test_the_places_of_a_process_that_crashed_are_free_again(redis_server: RedisServer) -> None:
    source = (
        "import os, sys\n"
        "from chimeric_limit import Amounts, Rates, RedisLedger\n"
        "told = RedisLedger(sys.argv[1]).take('k', Rates(concurrent=1), Amounts())\n"
        "print(type(told).__name__, flush=True)\n"
        "os._exit(1)\n"
    )
    command = [sys.executable, "-c", source, redis_server.url]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert told.stdout == "Granted\n", told.stderr
    rates = Rates(concurrent=1)
    later = RedisLedger(redis_server.url, clock=lambda: time.time() + 20)
    assert later.take("k", rates, Amounts()) == NoRoom("concurrent", None)
    later = RedisLedger(redis_server.url, clock=lambda: time.time() + 40)
    assert isinstance(later.take("k", rates, Amounts()), Granted)


def test_a_place_that_is_settled_is_free_at_once(redis_server: RedisServer) -> None:
    ledger, rates = RedisLedger(redis_server.url), Rates(concurrent=1)
    ticket = taken(ledger.take("k", rates, Amounts()))
    assert isinstance(ledger.take("k", rates, Amounts()), NoRoom)
    ledger.settle("k", ticket, rates, None)
    taken(ledger.take("k", rates, Amounts()))


def test_books_that_nobody_uses_go_away(redis_server: RedisServer) -> None:
    ledger = RedisLedger(redis_server.url)
    rates = Rates(requests=5, tokens=100, concurrent=2, spending=1.0, spending_window=60)
    taken(ledger.take("k", rates, Amounts(1, 0.1)))
    ledger.pause("k", rates, 1)
    names = redis_server.client.keys("*")
    assert names
    assert all(0 < redis_server.client.ttl(name) <= 120 for name in names)


def test_threads_share_the_books() -> None:
    ledger, rates = Ledger(), Rates(requests=100)
    granted: list[str] = []

    def work() -> None:
        for _ in range(50):
            told = ledger.take("k", rates, Amounts())
            if isinstance(told, Granted):
                granted.append(told.ticket)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(granted) == len(set(granted)) == 100
