"""Workers that share a Redis: one dies, one stops what the other runs; Redis itself goes away."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import msgspec
import pytest

pytest.importorskip("uvicorn", reason="uvicorn is not installed")
pytest.importorskip("redis", reason="redis is not installed")
import redis
import redis.asyncio
from chimeric_serving import RedisStore, StoreError, StreamHub, StreamLostError, StreamNotFoundError
from chimeric_stores.fixtures import RedisServer, StartRedis

from chimeric import ConfigurationError

from .hub_app import WORDS, read, run, words
from .test_hub_http import deltas, events

pytestmark = pytest.mark.slow

TEXT = "".join(WORDS)
SOON = 20.0
"""Seconds within which readers are certainly told; five are promised, of a machine at rest."""


class Worker:
    """A process that serves."""

    def __init__(self, redis_url: str) -> None:
        program = Path(__file__).with_name("hub_app.py")
        self.process = subprocess.Popen(
            [sys.executable, str(program), redis_url], stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def start(self, pause: float) -> str:
        return httpx.post(f"{self.url}/start?pause={pause}").text

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def workers(redis_server: RedisServer) -> Iterator[list[Worker]]:
    both = [Worker(redis_server.url) for _ in range(2)]
    yield both
    for worker in both:
        worker.close()


class Reading(threading.Thread):
    """A client that reads to the end, and notes when that was."""

    def __init__(self, url: str, after: int = 0) -> None:
        super().__init__()
        self.url, self.after = url, after
        self.told: list[dict[str, str]] = []
        self.ended = 0.0
        self.began = threading.Event()  # it has read something
        self.start()

    def run(self) -> None:
        headers = {"last-event-id": str(self.after)}
        with httpx.stream("GET", self.url, headers=headers, timeout=60) as reply:
            text = ""
            for piece in reply.iter_text():
                text += piece
                if "data:" in text:
                    self.began.set()
            self.told = events(text)
        self.ended = time.monotonic()

    def kind(self) -> str:
        self.join(60)
        last = self.told[-1]
        assert last["event"] == "error", last
        return str(msgspec.json.decode(last["data"])["kind"])


def test_a_worker_that_is_killed_ends_its_readers_within_five_seconds(
    workers: list[Worker],
) -> None:
    dying, other = workers
    key = dying.start(0.2)
    readings = [Reading(f"{other.url}/{key}") for _ in range(3)]
    assert all(reading.began.wait(SOON) for reading in readings)
    killed = time.monotonic()
    dying.process.kill()
    assert [reading.kind() for reading in readings] == ["lost"] * 3
    for reading in readings:
        assert reading.ended - killed < SOON
        assert 0 < len(reading.told) - 1 < len(WORDS)
        assert TEXT.startswith(deltas(reading.told))
        assert deltas(reading.told) == deltas(readings[0].told)
    later = events(httpx.get(f"{other.url}/{key}").text)  # one who comes later has it at once
    assert later == readings[0].told


def test_one_who_joins_after_the_death_is_told_too(workers: list[Worker]) -> None:
    dying, other = workers
    key = dying.start(0.1)
    time.sleep(0.5)
    dying.process.kill()
    began = time.monotonic()
    reading = Reading(f"{other.url}/{key}")
    assert reading.kind() == "lost"
    assert reading.ended - began < SOON


def test_any_worker_reads_goes_on_and_stops(workers: list[Worker]) -> None:
    first, second = workers
    key = first.start(0.02)
    readings = [Reading(f"{worker.url}/{key}") for worker in (first, second, first, second)]
    for reading in readings:
        reading.join(20)
        assert reading.told == readings[0].told
        assert deltas(reading.told) == TEXT
    went_on = Reading(f"{second.url}/{key}", after=17)
    went_on.join(20)
    assert went_on.told == readings[0].told[17:]
    key = first.start(0.5)
    reading = Reading(f"{first.url}/{key}")
    assert reading.began.wait(SOON)
    began = time.monotonic()
    assert httpx.post(f"{second.url}/{key}/stop").text == "stopped"
    assert reading.kind() == "stopped"
    assert reading.ended - began < SOON / 2  # it would have gone on for as long as that
    assert httpx.post(f"{second.url}/{key}/stop").text == "over"


def test_a_worker_that_slept_through_its_lease_writes_nothing_more(workers: list[Worker]) -> None:
    sleeping, other = workers
    key = sleeping.start(0.1)
    time.sleep(0.5)
    sleeping.process.send_signal(signal.SIGSTOP)
    reading = Reading(f"{other.url}/{key}")
    assert reading.kind() == "lost"
    sleeping.process.send_signal(signal.SIGCONT)
    time.sleep(1.0)
    assert events(httpx.get(f"{sleeping.url}/{key}").text) == reading.told


def test_a_worker_that_is_told_to_end_tells_its_readers(workers: list[Worker]) -> None:
    ending, other = workers
    key = ending.start(0.2)
    readings = [Reading(f"{worker.url}/{key}") for worker in (other, ending)]
    assert all(reading.began.wait(SOON) for reading in readings)
    began = time.monotonic()
    ending.process.terminate()
    assert readings[0].kind() == "lost"
    assert readings[0].ended - began < SOON
    readings[1].join(60)
    assert readings[1].told[-1]["event"] == "error"
    assert ending.process.wait(60) in (0, -signal.SIGTERM)


@pytest.fixture
def own_redis(start_redis: StartRedis) -> RedisServer:
    """A server that a test may end or fill."""
    return start_redis()


def test_a_redis_that_goes_away_in_mid_stream_ends_calls_and_readers(
    own_redis: RedisServer, backend: str
) -> None:
    told: list[Any] = []

    async def keep(response: Any, error: Any) -> None:
        told.append(error)

    async def main() -> None:
        async with StreamHub(RedisStore(own_redis.url, wait=2.0), lease=1.0) as hub:
            key = await hub.start(words(0.2), on_end=keep)
            async with await hub.join(key) as reader:
                await anext(reader)
                own_redis.stop()
                began = time.monotonic()
                with pytest.raises(StreamLostError):
                    async for _ in reader:
                        pass
                while not told:
                    await anyio.sleep(0.02)
                assert time.monotonic() - began < SOON
            for ask in (hub.join(key), hub.stop(key), hub.start(words()), hub.head(key)):
                with pytest.raises(StoreError, match="failed") as failed:
                    await ask
                assert "127.0.0.1" not in str(failed.value)  # users may be shown it
                assert "127.0.0.1" in str(failed.value.__cause__)

    run(backend, main)
    assert isinstance(told[0], StreamLostError)
    assert not [t for t in threading.enumerate() if t.name.startswith("chimeric-hub")]


def away_for_a_moment(server: RedisServer) -> None:
    server.stop()
    server.start()


def test_a_redis_that_is_away_for_a_moment_costs_nothing(
    start_redis: StartRedis, backend: str
) -> None:
    server = start_redis("--appendonly", "yes", "--appendfsync", "always")

    async def main() -> None:
        async with StreamHub(RedisStore(server.url), lease=4.0) as hub:
            key = await hub.start(words(0.05))
            ends: list[Any] = []

            async def reader() -> None:
                ends.append(await read(hub, key))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(reader)
                await anyio.sleep(0.5)
                await anyio.to_thread.run_sync(away_for_a_moment, server)
            assert ends == [(TEXT, "stop")]

    run(backend, main)


def test_a_redis_that_was_emptied_is_told_as_what_it_is(
    own_redis: RedisServer, backend: str
) -> None:
    async def main() -> None:
        async with StreamHub(RedisStore(own_redis.url), lease=1.0) as hub:
            key = await hub.start(words(0.1))
            async with await hub.join(key) as reader:
                await anext(reader)
                own_redis.client.flushall()
                with pytest.raises(StreamLostError):
                    async for _ in reader:
                        pass
            with pytest.raises(StreamNotFoundError):
                await hub.join(key)
            while hub._runs:
                await anyio.sleep(0.02)

    run(backend, main)
    assert own_redis.client.keys("*log") == []


def test_a_log_that_was_evicted_ends_its_readers(own_redis: RedisServer, backend: str) -> None:
    async def main() -> None:
        store = RedisStore(own_redis.url)
        async with StreamHub(store, lease=0.5) as hub, StreamHub(store, lease=0.5) as other:
            ended = await hub.start(words())
            assert (await read(hub, ended))[1] == "stop"
            running = await hub.start(words(0.2))
            async with await hub.join(running) as here, await other.join(running) as there:
                await anext(here)
                await anext(there)
                for key in (ended, running):
                    own_redis.client.delete(f"chimeric:hub:{{{key}}}:log")
                for reader in (here, there):
                    with pytest.raises(StreamLostError):
                        async for _ in reader:
                            pass
            with pytest.raises(StreamNotFoundError):
                await anext(await hub.join(ended))

    run(backend, main)


def test_a_redis_that_is_full_ends_the_call_and_its_readers(
    own_redis: RedisServer, backend: str
) -> None:
    async def main() -> None:
        async with StreamHub(RedisStore(own_redis.url), lease=1.0) as hub:
            key = await hub.start(words(0.1))
            async with await hub.join(key) as reader:
                await anext(reader)
                own_redis.client.config_set("maxmemory", "1mb")
                began = time.monotonic()
                with pytest.raises(StreamLostError):
                    async for _ in reader:
                        pass
                assert time.monotonic() - began < SOON
            while hub._runs:
                await anyio.sleep(0.02)
            with pytest.raises(StoreError, match="Memory") as full:
                await hub.start(words())
            assert "maxmemory" in str(full.value.__cause__)

    run(backend, main)


def test_what_is_kept_goes_away_and_holds_no_secret(
    own_redis: RedisServer, eventually: Callable[..., None]
) -> None:
    async def main() -> None:
        async with StreamHub(RedisStore(own_redis.url), ttl=1.0) as hub:
            key = await hub.start(words(), owner="alice@example.org")
            assert (await read(hub, key, owner="alice@example.org"))[1] == "stop"
            names = sorted(name.decode() for name in own_redis.client.keys("*}*"))
            assert names == [f"chimeric:hub:{{{key}}}:{part}" for part in ("head", "log")]
            for name in names:
                assert 0 < own_redis.client.pttl(name) <= 1000
            kept = str(own_redis.client.hgetall(names[0]))
            assert "alice" not in kept
            entries = own_redis.client.xrange(names[1])
            assert [number for number, _ in entries][:2] == [b"1-0", b"2-0"]
            event = msgspec.json.decode(entries[0][1][b"d"])
            assert (event["v"], event["kind"]) == (2, "chunk")

    run("asyncio", main)
    eventually(lambda: not own_redis.client.keys("*}*"))


def test_forms_of_the_two_versions_before_are_read(own_redis: RedisServer) -> None:
    async def main() -> None:
        async with StreamHub(RedisStore(own_redis.url)) as hub:
            key = await hub.start(words(most=2))
            assert (await read(hub, key))[1] == "stop"
            log = f"chimeric:hub:{{{key}}}:log"
            entries = own_redis.client.xrange(log)
            for version, ends in ((1, "stop"), (0, "stop"), (3, ConfigurationError)):
                own_redis.client.delete(log)
                for number, fields in entries:
                    event = {**msgspec.json.decode(fields[b"d"]), "v": version}
                    own_redis.client.xadd(log, {"d": msgspec.json.encode(event)}, id=number)
                text, end = await read(hub, key)
                if ends == "stop":
                    assert (text, end) == ("".join(WORDS[:2]), "stop")
                else:
                    assert isinstance(end, ConfigurationError)
                    assert "later version" in str(end)
            own_redis.client.hset(f"chimeric:hub:{{{key}}}:head", "v", 99)
            with pytest.raises(StoreError, match="later version"):
                await hub.join(key)

    run("asyncio", main)


def test_a_thousand_readers_and_a_hundred_streams_take_two_connections(
    own_redis: RedisServer,
) -> None:
    async def main() -> None:
        async with StreamHub(RedisStore(own_redis.url)) as hub:
            ends: list[Any] = []

            async def reader(key: str) -> None:
                ends.append(await read(hub, key))

            async with anyio.create_task_group() as tasks:
                for _ in range(100):
                    key = await hub.start(words(0.03))
                    for _ in range(10):
                        tasks.start_soon(reader, key)
                await anyio.sleep(0.5)
                mine = own_redis.client.client_list()
                assert len(mine) <= 3  # and the test's own
            assert ends == [(TEXT, "stop")] * 1000

    run("asyncio", main)


def test_a_client_that_cannot_serve_is_refused(own_redis: RedisServer) -> None:
    with pytest.raises(ConfigurationError, match="decode_responses"):
        RedisStore(redis.Redis(decode_responses=True))
    with pytest.raises(ConfigurationError, match="blocking client"):
        RedisStore(redis.asyncio.Redis())  # type: ignore[arg-type]
    client = redis.Redis(port=own_redis.port)

    async def main() -> None:
        async with StreamHub(RedisStore(client)) as hub:
            assert await read(hub, await hub.start(words())) == (TEXT, "stop")
        assert client.ping()  # it is the caller's

    run("asyncio", main)
    client.close()
