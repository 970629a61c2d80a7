"""Stores: what they keep, what they let go, and what a call does when they fail."""

from __future__ import annotations

import sqlite3
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from chimeric_cache import Cache, SQLiteStore, Store
from chimeric_cache.rows import Row

from chimeric import (
    Delta,
    FinishedTurn,
    PluginError,
    PluginWarning,
    ProviderState,
    ServerToolChunk,
    Usage,
)

from .conftest import MODES, Server, ask_all


class InMemory:
    """A store of one's own."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.rows.get(key)

    def put(self, key: str, value: bytes) -> None:
        self.rows[key] = value


class Down(InMemory):
    def get(self, key: str) -> bytes | None:
        raise OSError("the disk is gone")

    def put(self, key: str, value: bytes) -> None:
        raise OSError("the disk is gone")


class Full(InMemory):
    def put(self, key: str, value: bytes) -> None:
        raise OSError("no space left on device")


class Slow(InMemory):
    def get(self, key: str) -> bytes | None:
        time.sleep(30)
        return None


def test_a_store_of_ones_own_is_one(server: Server) -> None:
    store = InMemory()
    assert isinstance(store, Store)
    ask_all("sync", server.client(Cache(store)), {}, {})
    assert server.asked == 1
    (row,) = store.rows.values()
    assert msgspec.json.decode(row)["v"] == 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("store", "fault", "hits"),
    [(Down, "the disk is gone", 0), (Full, "no space left", 0), (Slow, "within 0.2 s", 0)],
)
def test_a_call_goes_on_without_a_store_that_fails_and_says_so(
    server: Server, mode: str, store: type[InMemory], fault: str, hits: int
) -> None:
    with pytest.warns(PluginWarning, match=fault):
        (response,) = ask_all(mode, server.client(Cache(store(), wait=0.2)), {})
    assert response.content == "Once upon"
    told = response.metadata["answer_cache"]
    assert told["hit"] is False
    assert (fault in told.get("error", "")) is (store is not Full)


@pytest.mark.parametrize("store", [Down, Full, Slow])
def test_a_store_that_fails_fails_the_call_where_that_is_wanted(
    server: Server, store: type[InMemory]
) -> None:
    with pytest.raises(PluginError, match="Cache"):
        ask_all("sync", server.client(Cache(store(), wait=0.2, on_error="fail")), {})


def test_rows_of_another_version_and_rows_that_are_none_are_asked_for_anew(server: Server) -> None:
    store = InMemory()
    ask_all("sync", server.client(Cache(store)), {})
    (key,) = store.rows
    store.rows[key] = b'{"v":99,"something":"else"}'
    ask_all("sync", server.client(Cache(store)), {})
    assert server.asked == 2
    for broken in (b"\x00\xff", b"[]", b'{"v":1}', b'{"v":1,"at":1,"deltas":[]}', b""):
        store.rows[key] = broken
        with pytest.warns(PluginWarning, match="goes on without its store"):
            (response,) = ask_all("sync", server.client(Cache(store)), {})
        assert response.content == "Once upon"
    assert Row.decoded(store.rows[key]) is not None  # and mended


def test_a_clock_that_was_set_back_makes_no_row_that_lives_for_ever(server: Server) -> None:
    store = InMemory()
    ask_all("sync", server.client(Cache(store)), {})
    (key,) = store.rows
    row = Row.decoded(store.rows[key])
    assert row is not None
    store.rows[key] = msgspec.structs.replace(row, at=time.time() + 1e6).encoded()
    ask_all("sync", server.client(Cache(store, max_age=60)), {})
    assert server.asked == 2
    store.rows[key] = msgspec.structs.replace(row, at=time.time() + 30).encoded()
    (response,) = ask_all("sync", server.client(Cache(store, max_age=60)), {})
    assert response.metadata["answer_cache"]["age"] == 0
    assert server.asked == 2


def test_a_row_holds_all_that_a_provider_can_send() -> None:
    delta = Delta(
        text="a",
        block=("out", 0, (1, 2)),
        server_tools=(ServerToolChunk(id="s", kind="web_search", name="x", status="completed"),),
        metadata={"k": [1, None]},
        finish_reason="stop",
        done=True,
    )
    state = ProviderState("acme.answers", [{"type": "reasoning", "encrypted_content": "x"}])
    end = Delta(usage=Usage.of(1, 2), usage_native={"in": 1, "out": 2}, state=state.items)
    turn = FinishedTurn(
        text="a", finish_reason="stop", usage=Usage.of(1, 2), deltas=(delta, end), state=state
    )
    row = Row.of(turn, at=12.0, provider="acme", model="m", pace=[(0.5, 1)])
    again = Row.decoded(row.encoded())
    assert again is not None
    assert again.deltas == [delta, Delta()]
    assert hash(again.deltas[0].block) == hash(("out", 0, (1, 2)))
    assert again.usage == Usage.of(1, 2)
    assert again.native == {"in": 1, "out": 2}
    assert again.state == state
    assert (again.provider, again.model) == ("acme", "m")


def test_a_file_is_its_owners_only_and_survives_its_being_taken_away(path: Path) -> None:
    store = SQLiteStore(path)
    store.put("a", b"1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SQLiteStore(path).get("a") == b"1"
    assert store.get("b") is None
    for file in path.parent.iterdir():
        file.unlink()
    with pytest.raises(sqlite3.OperationalError):
        store.get("a")
    assert store.get("a") is None


def test_what_was_not_read_for_the_longest_time_goes_first(path: Path) -> None:
    store = SQLiteStore(path, max_bytes=1000)
    for number in range(50):
        store.put(f"k{number:02}", b"x" * 97)
        assert total(path) <= 1000
    kept = [number for number in range(50) if store.get(f"k{number:02}")]
    assert kept == list(range(40, 50))
    store.put("big", b"x" * 2000)
    assert store.get("big") is None
    store.put("k49", b"y" * 10)
    assert store.get("k49") == b"y" * 10
    assert total(path) == 9 * 100 + 13


def total(path: Path) -> int:
    """The sum of all sizes; what the file says of it is the same."""
    with closing(sqlite3.connect(path)) as database:
        (summed,) = database.execute("select sum(size) from answers_1").fetchone()
        assert database.execute("select size from answers_1_total").fetchone() == (summed,)
        return int(summed)


def test_a_row_that_is_read_stays(path: Path) -> None:
    store = SQLiteStore(path, max_bytes=300)
    store.put("a", b"x" * 99)
    store.put("b", b"x" * 99)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("update answers_1 set used = used - 3600")
    store.get("a")
    store.put("c", b"x" * 99)
    store.put("d", b"x" * 99)
    assert [key for key in "abcd" if store.get(key)] == ["a", "c", "d"]


def test_a_file_of_something_else_is_no_store(path: Path, server: Server) -> None:
    path.write_text("Dear diary, " * 100)
    with pytest.warns(PluginWarning, match="file is not a database"):
        (response,) = ask_all("sync", server.client(Cache(path)), {})
    assert response.content == "Once upon"
    assert path.read_text().startswith("Dear diary")


def test_threads_share_a_store(path: Path) -> None:
    store = SQLiteStore(path, wait=30)

    def work(name: int) -> None:
        for number in range(20):
            store.put(f"{name}-{number}", b"x")
            assert store.get(f"{name}-{number}") == b"x"

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert total(path) == sum(len(f"{a}-{b}") + 1 for a in range(4) for b in range(20))


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_nothing_is_told_at_once(path: Path, limit: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        SQLiteStore(path, max_bytes=limit)
