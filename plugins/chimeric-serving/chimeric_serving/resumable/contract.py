"""What every store has to do, as a check that the tests of one can run."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

import anyio

from .store import Head, Store

__all__ = ["check_store"]

TTL: Final = 30.0


async def check_store(store: Store) -> None:
    """Check that a store does what ``Store`` asks of it, on the event loop that runs. Takes about
    three seconds, leaves streams of random ids behind, and closes the store.

    Raises:
        AssertionError: names the rule that was broken.

    Example:
        >>> from chimeric_serving import MemoryStore
        >>> anyio.run(check_store, MemoryStore())
    """
    for rule in RULES:
        try:
            await rule(store, f"check-{secrets.token_hex(8)}")
        except AssertionError as error:
            raise AssertionError(f"{rule.__doc__} ({error})") from error
    await store.aclose()
    assert await _create(store, f"check-{secrets.token_hex(8)}"), "aclose() ended it for ever"
    await store.aclose()


async def _create(store: Store, id: str, **changes: Any) -> bool:
    told: dict[str, Any] = {"owner": "", "watched": False, "ttl": TTL, **changes}
    return await store.create(id, "token", **told)


async def _once(store: Store, id: str) -> None:
    """A stream is created once, with its owner, and is live and empty."""
    assert await store.head(id) is None, "there before it was created"
    assert await _create(store, id, owner="o", watched=True), "not created"
    assert not await _create(store, id, owner="other"), "created twice"
    head = await store.head(id)
    assert head is not None, "not there"
    told = (head.state, head.last, head.owner, head.watched, head.stopping)
    assert told == ("live", 0, "o", True, False), told


async def _log(store: Store, id: str) -> None:
    """Events are read as they were appended, from any offset on, at most so many."""
    await _create(store, id)
    odd = [b"", b"\x00\xff\r\n", "ä".encode(), b"x" * 100_000]
    assert (head := await store.append(id, "token", 1, odd)) is not None, "append refused"
    assert head.last == 4, head
    for after in range(5):
        assert await store.read(id, after, 10) == odd[after:], f"after {after}"
    assert await store.read(id, 0, 2) == odd[:2], "limit"
    assert await store.read(id, 9, 2) == [], "past the end"


async def _twice(store: Store, id: str) -> None:
    """What is appended twice is there once; a gap is refused."""
    await _create(store, id)
    await store.append(id, "token", 1, [b"a", b"b"])
    head = await store.append(id, "token", 1, [b"a", b"b", b"c"])
    assert head is not None, "refused"
    assert head.last == 3, head
    assert await store.append(id, "token", 5, [b"e"]) is None, "a gap was taken"
    assert await store.read(id, 0, 10) == [b"a", b"b", b"c"], "not what was appended"


async def _ends(store: Store, id: str) -> None:
    """An end is written with its events, can be told twice, and nothing comes after it."""
    await _create(store, id)
    for _ in range(2):
        head = await store.append(id, "token", 1, [b"a", b"end"], "done")
        assert head is not None, "refused"
        assert (head.state, head.last) == ("done", 2), head
    assert await store.append(id, "token", 3, [b"more"]) is None, "appended behind the end"
    assert await store.append(id, "token", 3, [b"end"], "error") is None, "ended twice"
    await store.stop(id)
    await store.lose(id, (await _head(store, id)).beats, b"lost")
    assert (await _head(store, id)).state == "done", "an end was changed"
    assert await store.read(id, 0, 10) == [b"a", b"end"], "events behind the end"


async def _others(store: Store, id: str) -> None:
    """Only the producer appends; streams that are not there take nothing."""
    await _create(store, id)
    assert await store.append(id, "wrong", 1, [b"a"]) is None, "a wrong token was taken"
    assert await store.append(f"{id}x", "token", 1, [b"a"]) is None, "no stream was appended to"
    assert await store.head(f"{id}x") is None, "a stream of nothing"
    await store.stop(f"{id}x")
    await store.lose(f"{id}x", 0, b"lost")
    assert await store.head(f"{id}x") is None, "stop or lose made a stream"
    assert await store.read(f"{id}x", 0, 10, 0.1) == [], "events of nothing"


async def _signs(store: Store, id: str) -> None:
    """Appends are signs of life, also empty ones; readers' signs and a stop reach the producer."""
    await _create(store, id, watched=True)
    first = await store.append(id, "token", 1, [])
    second = await store.append(id, "token", 1, [])
    assert first is not None, "an empty append was refused"
    assert second is not None, "an empty append was refused"
    assert second.beats > first.beats, "beats do not grow"
    assert second.seen == first.seen, "seen grows by itself"
    await store.head(id, seen=True)
    third = await store.append(id, "token", 1, [])
    assert third is not None, "refused"
    assert third.seen > second.seen, "no sign of a reader"
    assert not third.stopping, "stops by itself"
    await store.stop(id)
    fourth = await store.append(id, "token", 1, [b"a"])
    assert fourth is not None, "refused after a stop: the producer has to write its end"
    assert fourth.stopping, "no sign of a stop"


async def _lost(store: Store, id: str) -> None:
    """A producer that gives no sign can be declared lost, and then appends nothing."""
    await _create(store, id)
    head = await store.append(id, "token", 1, [b"a"])
    assert head is not None, "refused"
    await store.lose(id, head.beats - 1, b"lost")
    assert (await _head(store, id)).state == "live", "lost, though it gave a sign"
    for _ in range(2):
        await store.lose(id, head.beats, b"lost")
    assert (await _head(store, id)).state == "lost", "not lost"
    assert await store.read(id, 0, 10) == [b"a", b"lost"], "not ended once"
    assert await store.append(id, "token", 2, [b"b"]) is None, "appended after it was lost"


async def _waits(store: Store, id: str) -> None:
    """Readers wait, are woken soon, several of a stream and of many streams at a time."""
    ids = [f"{id}-{n}" for n in range(20)]
    for each in ids:
        await _create(store, each)
    assert await store.read(id, 0, 10, 0.05) == [], "events of nothing"
    got: list[tuple[str, list[bytes], float]] = []

    async def reader(each: str) -> None:
        after = 0
        while after < 3:
            events = await store.read(each, after, 10, 5.0)
            after += len(events)
            got.append((each, events, anyio.current_time()))

    last = 0.0
    async with anyio.create_task_group() as tasks:
        for each in [*ids, *ids]:
            tasks.start_soon(reader, each)
        await anyio.sleep(0.3)
        for number in range(1, 4):
            for each in ids:
                await store.append(each, "token", number, [b"%d" % number])
            last = anyio.current_time()
            await anyio.sleep(0.1)
    for each in ids:
        texts = [event for name, events, _ in got if name == each for event in events]
        assert sorted(texts) == [b"1", b"1", b"2", b"2", b"3", b"3"], texts
    assert max(time for _, _, time in got) < last + 2, "woken late"


async def _follows(store: Store, id: str) -> None:
    """Readers that begin at any time and offset get all events in order, without a gap."""
    await _create(store, id)
    most = 120
    told: list[tuple[int, list[bytes]]] = []

    async def reader(after: int) -> None:
        got: list[bytes] = []
        while after + len(got) < most:
            got += await store.read(id, after + len(got), 7, 2.0)
        told.append((after, got))

    async with anyio.create_task_group() as tasks:
        first = 1
        while first <= most:
            count = min(1 + first % 4, most + 1 - first)
            await store.append(id, "token", first, [b"%d" % (first + n) for n in range(count)])
            first += count
            tasks.start_soon(reader, first // 2)
            tasks.start_soon(reader, first - 1)
            await anyio.sleep(0.001 * (first % 3))
    for after, got in told:
        assert got == [b"%d" % n for n in range(after + 1, most + 1)], f"after {after}: {got}"


async def _forgets(store: Store, id: str) -> None:
    """A stream is forgotten when its time is over; signs of its producer keep it."""
    await _create(store, id, ttl=0.6)
    await _create(store, f"{id}-kept", ttl=0.6)
    for _ in range(5):
        await anyio.sleep(0.2)
        assert await store.append(f"{id}-kept", "token", 1, [b"a"]) is not None, "lost in its time"
    await store.tidy()
    assert await store.head(id) is None, "still there"
    assert await store.append(id, "token", 1, [b"a"]) is None, "appended to what is forgotten"
    assert await store.read(f"{id}-kept", 0, 10) == [b"a"], "its events were forgotten"
    assert await _create(store, id), "its id cannot be used again"
    assert await store.read(id, 0, 10) == [], "it has events of the stream before it"


async def _head(store: Store, id: str) -> Head:
    head = await store.head(id)
    assert head is not None, "not there"
    return head


RULES: Final[tuple[Callable[[Store, str], Awaitable[None]], ...]] = (
    *(_once, _log, _twice, _ends, _others, _signs, _lost, _waits, _follows, _forgets),
)
