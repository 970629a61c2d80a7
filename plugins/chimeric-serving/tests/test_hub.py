"""Streams that go on without their first reader, and are joined at any offset."""

from __future__ import annotations

import gc
import secrets
import subprocess
import sys
import threading
from typing import Any

import anyio
import pytest

from chimeric import Chimeric, ChimericError, ConfigurationError

pytest.importorskip("chimeric_sim", reason="the simulator is not installed")
from chimeric_serving import (
    OffsetError,
    StreamExistsError,
    StreamFailedError,
    StreamHub,
    StreamLostError,
    StreamNotFoundError,
    StreamStoppedError,
    check_store,
)

from .hub_app import WORDS, counting, read, run, words

TEXT = "".join(WORDS)


def test_a_store_does_what_the_hub_needs(backend: str, store: Any) -> None:
    run(backend, lambda: check_store(store))


def test_many_readers_read_one_answer_from_any_offset_on(backend: str, store: Any) -> None:
    async def main() -> None:
        async with StreamHub(store) as hub:
            key = await hub.start(words(0.005))
            whole: list[Any] = []
            parts: dict[int, list[Any]] = {}

            async def one(after: int) -> None:
                parts[after] = await counting(hub, key, after)

            async def first() -> None:
                whole.extend(await counting(hub, key))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(first)
                for after in range(0, len(WORDS), 3):
                    while (await hub.head(key)).last < after:
                        await anyio.sleep(0.002)
                    tasks.start_soon(one, after)
            assert [text for _, text in whole[:-1]] == WORDS
            assert [offset for offset, _ in whole[:-1]] == list(range(1, len(WORDS) + 1))
            for after, told in parts.items():
                assert told == whole[after:], after
            for after in range(len(WORDS) + 1):  # and after its end
                assert await counting(hub, key, str(after)) == whole[after:]

    run(backend, main)


def test_a_call_of_a_client_runs_without_readers_and_is_told_to_the_application(
    backend: str,
    store: Any,
) -> None:
    told: list[Any] = []

    async def keep(response: Any, error: Any) -> None:
        told.append((response.content, error, len(response.messages)))

    async def main() -> None:
        async with Chimeric() as client, StreamHub(store) as hub:
            key = await hub.start(client.agenerate, "sim:echo", "Hi you", stream=True, on_end=keep)
            while not told:
                await anyio.sleep(0.005)
            text, end = await read(hub, key)
            assert (text, end) == ("Hi you", "stop")
            stream = await client.agenerate("sim:echo", "A stream", stream=True)
            assert await read(hub, await hub.start(stream)) == ("A stream", "stop")
            blocking = client.generate("sim:echo", "A blocking one", stream=True)
            assert await read(hub, await hub.start(blocking)) == ("A blocking one", "stop")
            reader = await hub.join(key)
            async for _ in reader:
                pass
            assert reader.response is not None
            assert reader.response.usage.completion_tokens > 0
            assert reader.response.messages == []  # what was said to the model is not for readers
            assert reader.response.metadata["provider"] == "sim"

    run(backend, main)
    assert told == [("Hi you", None, 2)]


def test_an_application_that_takes_long_at_the_end_is_alive_and_heard_first(
    backend: str, store: Any
) -> None:
    kept: list[str] = []

    async def slow(response: Any, error: Any) -> None:
        await anyio.sleep(1.5)
        kept.append("kept")

    async def broken(response: Any, error: Any) -> None:
        raise KeyError("postgres://secret")

    async def main() -> None:
        async with StreamHub(store, lease=0.5) as hub, StreamHub(store, lease=0.5) as other:
            key = await hub.start(words(), on_end=slow)
            assert await read(other, key) == (TEXT, "stop")
            assert kept == ["kept"]
            text, error = await read(other, await hub.start(words(), on_end=broken))
            assert text == TEXT
            assert isinstance(error, StreamFailedError)  # what it was to keep is not kept

    run(backend, main)


def test_a_stop_ends_the_request_and_readers_keep_what_came(backend: str, store: Any) -> None:
    ended: list[Any] = []

    async def keep(response: Any, error: Any) -> None:
        ended.append((response.content, error))

    async def main() -> None:
        async with Chimeric() as client, StreamHub(store) as hub:
            ask = {"stream": True, "rate": 50, "tokens": 500}
            key = await hub.start(client.agenerate, "sim:story", "Hi", on_end=keep, **ask)
            async with await hub.join(key) as reader:
                got = [(await anext(reader)).delta or "" for _ in range(3)]
                assert await hub.stop(key)
                with pytest.raises(StreamStoppedError):
                    while True:
                        got.append((await anext(reader)).delta or "")
                with pytest.raises(StreamStoppedError):  # and again
                    await anext(reader)
            assert not await hub.stop(key)
            assert (await hub.head(key)).state == "stopped"
            ((content, error),) = ended
            assert content == "".join(got)
            assert isinstance(error, StreamStoppedError)

    run(backend, main)


def test_a_function_that_blocks_is_called_on_a_thread_of_its_own(backend: str, store: Any) -> None:
    loop, called = threading.get_ident(), []

    async def main() -> None:
        with Chimeric() as client:

            def ask(question: str) -> Any:
                called.append(threading.get_ident())
                return client.generate("sim:echo", question, stream=True)

            async with StreamHub(store) as hub:
                assert await read(hub, await hub.start(ask, "One two")) == ("One two", "stop")
                assert await read(hub, await hub.start(lambda: words())) == (TEXT, "stop")

    run(backend, main)
    assert called != [loop]
    assert len(called) == 1


def test_an_answer_that_fails_is_an_error_for_readers_without_its_secrets(
    backend: str, store: Any
) -> None:
    async def main() -> None:
        async with Chimeric() as client, StreamHub(store) as hub:
            secret = ZeroDivisionError("postgres://admin:hunter2@db is down")
            text, error = await read(hub, await hub.start(words(fails=secret)))
            assert text == TEXT
            assert type(error) is StreamFailedError
            assert "hunter2" not in f"{error!r} {error} {vars(error)}"
            key = await hub.start(client.agenerate, "sim:echo", "Hi", stream=True, rate="no number")
            text, error = await read(hub, key)
            assert (text, error.kind) == ("", "bad_request")
            assert error.body is None
            assert error.partial is None
            key = await hub.start(client.agenerate, "sim:echo", "Hi")  # without stream=True
            assert type((await read(hub, key))[1]) is StreamFailedError

    run(backend, main)


def test_a_stream_that_ends_before_its_answer_is_cut_off(backend: str, store: Any) -> None:
    async def cut() -> Any:
        async for chunk in words(most=3):
            if chunk.finish_reason is None:
                yield chunk

    async def main() -> None:
        async with StreamHub(store) as hub:
            text, error = await read(hub, await hub.start(cut()))
            assert text == "".join(WORDS[:3])
            assert error.kind == "incomplete"

    run(backend, main)


def test_an_owner_s_stream_is_not_there_for_others(backend: str, store: Any) -> None:
    async def main() -> None:
        async with StreamHub(store) as hub:
            key = await hub.start(words(0.01), owner="alice")
            mine = await hub.start(words(0.01))
            for owner, name in [("bob", key), (None, key), ("alice", mine), ("alice", f"{key}x")]:
                with pytest.raises(StreamNotFoundError) as missing:
                    await hub.join(name, owner=owner)
                with pytest.raises(StreamNotFoundError) as other:
                    await hub.stop(name, owner=owner)
                assert str(missing.value) == str(other.value)
            assert (await read(hub, key, owner="alice"))[0] == TEXT

    run(backend, main)


@pytest.mark.parametrize("after", ["-1", "1e3", "x", "１", "9" * 30, -1, True, 41.0, "100000", 99])
def test_an_offset_that_is_none_is_a_clear_error(after: Any, backend: str, store: Any) -> None:
    async def main() -> None:
        async with StreamHub(store) as hub:
            key = await hub.start(words())
            await read(hub, key)
            with pytest.raises(OffsetError, match="offset") as caught:
                await hub.join(key, after)
            assert caught.value.status_code == 400
            for name in ("nothing", "", "a/b", "é", "x" * 500, None):
                with pytest.raises(StreamNotFoundError):
                    await hub.join(name)  # type: ignore[arg-type]

    run(backend, main)


def test_two_starts_with_one_id_are_one_call(backend: str, store: Any) -> None:
    asked: list[int] = []

    async def ask() -> Any:
        asked.append(1)
        return words(0.01)

    class Given:
        closed = False

        def __aiter__(self) -> Any:
            return words()

        async def aclose(self) -> None:
            self.closed = True

    name = secrets.token_hex(8)

    async def main() -> None:
        async with StreamHub(store) as hub:
            assert await hub.start(ask, id=name) == name
            with pytest.raises(StreamExistsError):
                await hub.start(ask, id=name)
            given = Given()
            with pytest.raises(StreamExistsError):
                await hub.start(given, id=name)
            assert given.closed
            with pytest.raises(ConfigurationError, match="not a stream id"):
                await hub.start(ask, id="a b")
            assert await read(hub, name) == (TEXT, "stop")
            ids = {await hub.start(words()) for _ in range(50)}
            assert {len(key) for key in ids} == {22}
            assert len(ids) == 50

    run(backend, main)
    assert asked == [1]


def test_a_hub_that_is_left_ends_its_calls_and_its_readers(backend: str, store: Any) -> None:
    told: list[Any] = []

    async def reader(reading: Any) -> None:
        try:
            async for _ in reading:
                pass
        except ChimericError as error:
            told.append(error)

    async def main() -> None:
        async with anyio.create_task_group() as outside:
            async with Chimeric() as client, StreamHub(store) as hub:
                ask = {"stream": True, "rate": 20, "tokens": 500}
                key = await hub.start(client.agenerate, "sim:story", "Hi", **ask)
                silent = await hub.start(client.agenerate, "sim:story", "Hi", stream=True, rate=0.1)
                for name in (key, key, silent):
                    outside.start_soon(reader, await hub.join(name))
                await anyio.sleep(0.2)
        for name in (key, silent):
            assert (await store.head(name)).state == "error"  # type: ignore[union-attr]
        with pytest.raises(ConfigurationError, match="async with"):
            await hub.join(key)
        with pytest.raises(ConfigurationError, match="async with"):
            await hub.start(words())
        async with StreamHub(store) as hub:  # a later one has what was kept
            _, error = await read(hub, key)
            assert isinstance(error, StreamLostError)

    run(backend, main)
    assert [type(error) for error in told] == [StreamLostError] * 3
    gc.collect()


def test_a_cancelled_hub_ends_its_calls_too(backend: str, store: Any) -> None:
    async def main() -> None:
        ids: list[str] = []

        async def lifespan() -> None:
            async with StreamHub(store) as hub:
                ids.append(await hub.start(words(0.05)))
                await anyio.sleep_forever()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lifespan)
            while not ids:
                await anyio.sleep(0.02)
            await anyio.sleep(0.2)
            tasks.cancel_scope.cancel()
        assert (await store.head(ids[0])).state == "error"  # type: ignore[union-attr]
        await store.aclose()  # that opened it again

    run(backend, main)


def test_a_hub_needs_neither_redis_nor_a_framework_to_be_imported() -> None:
    code = (
        "import sys; from chimeric_serving import MemoryStore, StreamHub; StreamHub(MemoryStore());"
        "print([m for m in ('redis', 'starlette', 'fastapi') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
