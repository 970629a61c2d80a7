"""A stream read as text alone, and as the elements of a list."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import msgspec
import pydantic
import pytest

from chimeric import (
    Chimeric,
    ConfigurationError,
    Context,
    Request,
    StreamChunk,
    StreamError,
    StructuredOutputError,
    hookimpl,
)
from tests.hooks.modes import MODES, run_on

from .frames import DONE, Frames, text

T = TypeVar("T")
MODEL = "frames:m"


class Recipe(msgspec.Struct):
    name: str
    minutes: int = 0


class Recipes(msgspec.Struct):
    recipes: list[Recipe]


class Nested(msgspec.Struct):
    data: Recipes
    notes: list[str] = []


@dataclasses.dataclass
class Plain:
    name: str


class Model(pydantic.BaseModel):
    name: str


def all_of(mode: str, client: Chimeric, read: Callable[[Any], Any], **params: Any) -> list[Any]:
    """Everything that a way of reading a stream gives, until it ends or raises."""
    params = {"model": MODEL, "messages": "Hi", "stream": True, **params}
    if mode == "sync":
        with client:
            return list(read(client.generate(**params)))

    async def main() -> list[Any]:
        async with client:
            return [piece async for piece in read(await client.agenerate(**params))]

    return run_on(mode, main)


def caught(kind: type[T], call: Callable[[], Any]) -> T:
    try:
        call()
    except kind as error:
        return error
    raise AssertionError("nothing was raised")


def pieces(data: str, size: int = 3) -> list[dict[str, Any]]:
    return [text(data[at : at + size]) for at in range(0, len(data), size)]


@pytest.mark.parametrize("mode", MODES)
def test_text_is_the_text_alone(mode: str) -> None:
    frames = [{"reasoning": "Hm."}, text("Hel"), text("lo"), DONE]
    with Frames(frames) as server:
        assert all_of(mode, server.client(), lambda s: s.text()) == ["Hel", "lo"]


@pytest.mark.parametrize("mode", MODES)
def test_between_stands_between_two_blocks_of_text_and_not_around_them(mode: str) -> None:
    frames = [
        {"reasoning": "Hm."},
        text("One", 1),
        text(" and"),
        {"reasoning": "So."},
        text("Two", 2),
        text("more", 1),
        DONE,
    ]
    with Frames(frames, frames) as server:
        said = all_of(mode, server.client(), lambda s: s.text(between="|"))
        assert "".join(said) == "One and|Two|more"
        assert "".join(all_of(mode, server.client(), lambda s: s.text())) == "One andTwomore"


@pytest.mark.parametrize("mode", MODES)
def test_a_turn_begins_a_new_block_of_text(mode: str) -> None:
    def clock() -> str:
        return "noon"

    first = [text("Let me see."), {"calls": ["clock"]}, {"done": True, "finish": "tool_calls"}]
    with Frames(first, [text("It is noon."), DONE]) as server:
        said = all_of(mode, server.client(), lambda s: s.text("\n"), tools=[clock])
        assert said == ["Let me see.", "\n", "It is noon."]


def test_the_response_has_the_text_of_the_last_turn() -> None:
    def clock() -> str:
        return "noon"

    first = [text("Let me see."), {"calls": ["clock"]}, {"done": True, "finish": "tool_calls"}]
    with Frames(first, [text("It is noon."), DONE]) as server, server.client() as client:
        response = client.generate(MODEL, "Hi", stream=True, tools=[clock]).collect()
        assert response.text == "It is noon."
        assert response.content == "Let me see.It is noon."


def test_a_text_that_is_left_closes_the_stream() -> None:
    with Frames([text("One"), None, DONE]) as server, server.client() as client:
        for _ in client.generate(MODEL, "Hi", stream=True).text():
            break
        assert server.wait_closed()


def test_an_error_of_the_readers_closes_the_stream() -> None:
    with Frames([text("One"), None, DONE]) as server, server.client() as client:
        stream = client.generate(MODEL, "Hi", stream=True)
        with pytest.raises(ZeroDivisionError):
            for _ in stream.text():
                _ = 1 / 0
        assert server.wait_closed()


def test_a_text_that_is_forgotten_closes_the_stream() -> None:
    with Frames([text("One"), None, DONE]) as server, server.client() as client:
        stream = client.generate(MODEL, "Hi", stream=True)
        told = stream.text()
        assert next(told) == "One"
        del told
        gc.collect()
        assert server.wait_closed()


@pytest.mark.parametrize("mode", MODES[1:])
def test_an_asynchronous_text_that_is_left_closes_the_stream(mode: str) -> None:
    async def main() -> bool:
        async with server.client() as client:
            stream = await client.agenerate(MODEL, "Hi", stream=True)
            async for _ in stream.text():
                break
            return server.wait_closed() or server.open == 0

    with Frames([text("One"), None, DONE]) as server:
        asked: Callable[[], Awaitable[bool]] = main
        run_on(mode, asked)
        assert server.wait_closed()


@pytest.mark.parametrize("method", ["text", "items"])
def test_native_events_have_no_text_and_no_items(method: str) -> None:
    with Frames([text("One"), DONE]) as server, server.client() as client:
        stream = client.generate(MODEL, "Hi", stream=True, native=True)
        with pytest.raises(TypeError, match="native=True"):
            getattr(stream, method)()


class Again:
    """Offers the same request once more after a failure in mid-stream."""

    def __init__(self) -> None:
        self._offered = False

    @hookimpl
    def chimeric_recover(self, context: Context) -> Request | None:
        offered, self._offered = self._offered, True
        return None if offered else context.request


@pytest.mark.parametrize("mode", MODES)
def test_a_restart_ends_the_text_with_an_error_that_says_so(mode: str) -> None:
    broken = [text("Once upon")]
    with Frames(broken, [text("Once more"), DONE]) as server:
        given: list[str] = []

        def read(stream: Any) -> Any:
            return kept(stream.text(), given)

        client = server.client(plugins=[Again()])
        error = caught(StreamError, lambda: all_of(mode, client, read))
        assert "was restarted" in str(error)
        assert given == ["Once upon"]
        assert error.partial is not None
        assert error.partial.content == "Once upon"
        assert error.provider == "frames"


def kept(pieces: Any, into: list[str]) -> Any:
    """The pieces, kept as they come."""
    if hasattr(pieces, "__anext__"):

        async def later() -> Any:
            async for piece in pieces:
                into.append(piece)
                yield piece

        return later()
    return (into.append(piece) or piece for piece in pieces)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [Recipe, Plain, Model, dict[str, Any], None])
def test_items_are_converted_as_structured_output_is(mode: str, kind: Any) -> None:
    frames = [*pieces('{"recipes": [{"name": "soup"}, {"name": "bread"}]}'), DONE]
    with Frames(frames) as server:
        more = {"type": kind} if kind is not None else {}
        form = Recipes
        read = lambda s: s.items("recipes", **more)  # noqa: E731
        got = all_of(mode, server.client(), read, response_format=form)
    names = [each["name"] if isinstance(each, dict) else each.name for each in got]
    assert names == ["soup", "bread"]
    wanted = kind if isinstance(kind, type) else dict
    assert all(isinstance(each, wanted) for each in got)


def test_an_item_comes_as_soon_as_its_last_character_is_there() -> None:
    frames = [text('{"recipes": [{"name": "soup"}'), None, text(', {"name": "bread"}]}'), DONE]
    with Frames(frames) as server, server.client() as client:
        stream = client.generate(MODEL, "Hi", stream=True, response_format=Recipes)
        items = stream.items("recipes", type=Recipe)
        assert next(items) == Recipe("soup")  # the server waits: nothing else has come
        server.go_on.release()
        assert list(items) == [Recipe("bread")]
        assert stream.response.parsed == Recipes([Recipe("soup"), Recipe("bread")])


@pytest.mark.parametrize(
    ("path", "form", "data", "wanted"),
    [
        ("data.recipes", Nested, '{"data": {"recipes": [{"name": "a"}]}, "notes": ["b"]}', 1),
        ("notes", Nested, '{"data": {"recipes": []}, "notes": ["b", "c", "d"]}', 3),
        ("", Recipes, '{"recipes": [{"name": "a"}, {"name": "b"}]}', 2),
        ("", "json_object", '{"items": [1, 22, true, null, "x", [2], {}]}', 7),
        ("", {"type": "array"}, '[1, 2.5, "x"]', 3),
    ],
)
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_the_path_leads_to_the_list(
    path: str, form: Any, data: str, wanted: int, size: int
) -> None:
    with Frames([*pieces(data, size), DONE]) as server:
        got = all_of("sync", server.client(), lambda s: s.items(path), response_format=form)
    told: Any = msgspec.json.decode(data)
    for key in path.split(".") if path else ["items" if "items" in told else "recipes"]:
        told = told[key] if isinstance(told, dict) else told
    assert got == told
    assert len(got) == wanted


def test_items_ask_for_structured_output_and_for_one_list() -> None:
    with Frames([text("x"), DONE], [text("x"), DONE]) as server, server.client() as client:
        with pytest.raises(ConfigurationError, match="response_format"):
            client.generate(MODEL, "Hi", stream=True).items("recipes")

        class Two(msgspec.Struct):
            first: list[int]
            second: list[int]

        with pytest.raises(ConfigurationError, match="'first', 'second'"):
            client.generate(MODEL, "Hi", stream=True, response_format=Two).items()


@pytest.mark.parametrize("mode", MODES)
def test_an_element_that_does_not_fit_comes_after_those_that_do(mode: str) -> None:
    frames = [text('{"recipes": [{"name": "a"}, {"name": 5}, {"name": "c"}]}'), None, DONE]
    given: list[Any] = []
    with Frames(frames) as server:
        read = lambda s: kept(s.items("recipes", type=Recipe), given)  # noqa: E731
        ask = {"response_format": "json_object"}
        error = caught(StructuredOutputError, lambda: all_of(mode, server.client(), read, **ask))
        assert server.wait_closed()
    assert given == [Recipe("a")]
    assert "element 1 of 'recipes' does not fit Recipe" in str(error)
    assert error.partial is not None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('{"recipes": [{"name": "a"}, oops', "not JSON"),
        ('{"recipes": "none"}', "a value of type str"),
        ('{"others": []}', "no list at 'recipes'"),
        ('{"recipes": [{"name": "a"}', "not JSON"),
    ],
)
@pytest.mark.parametrize("mode", ["sync", "asyncio"])
def test_malformed_output_is_the_error_of_structured_output(
    mode: str, data: str, words: str
) -> None:
    given: list[Any] = []
    with Frames([*pieces(data), DONE]) as server:
        read = lambda s: kept(s.items("recipes"), given)  # noqa: E731
        ask = {"response_format": "json_object"}
        error = caught(StructuredOutputError, lambda: all_of(mode, server.client(), read, **ask))
    assert words in str(error)
    assert given == ([{"name": "a"}] if '"a"' in data else [])


class Louder:
    """Middleware that changes the text."""

    @hookimpl
    def chimeric_process_chunk(self, chunk: StreamChunk) -> StreamChunk:
        return chunk.replace(delta=chunk.delta.replace("soup", "SOUP")) if chunk.delta else chunk


def test_items_are_read_from_what_the_middleware_lets_pass() -> None:
    with Frames([text('{"recipes": [{"name": "soup"}]}'), DONE]) as server:
        read = lambda s: s.items("recipes", type=Recipe)  # noqa: E731
        client = server.client(plugins=[Louder()])
        assert all_of("sync", client, read, response_format=Recipes) == [Recipe("SOUP")]


def test_each_of_many_items_comes_once() -> None:
    def steps(count: int) -> Iterable[dict[str, Any]]:
        yield text('{"items": [')
        for number in range(count):
            yield text(('"' if not number else ', "') + "x" * 20 + '"')
        yield text("]}")
        yield DONE

    with Frames(steps(4000)) as server, server.client() as client:
        stream = client.generate(MODEL, "Hi", stream=True, response_format="json_object")
        items = stream.items()
        count = sum(1 for _ in items)
        assert count == 4000
        assert stream.response.parsed == {"items": ["x" * 20] * 4000}
