"""Parameters annotated ``Context``: the call's context, which no model sees or sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Optional

import pytest

import chimeric
from chimeric import Context, Tool, ToolRegistrationError

from .crew import MODES, Crew, calls, listen

if TYPE_CHECKING:
    from chimeric import Context as Hidden

pytestmark = pytest.mark.filterwarnings("error")


def plain(context: Context, city: str) -> str:
    return f"{context.user} in {city}"


def optional(city: str, context: Context | None = None) -> str:
    assert context is not None
    return f"{context.user} in {city}"


def old_style(city: str, *, context: Optional[Context]) -> str:  # noqa: UP045
    assert context is not None
    return f"{context.user} in {city}"


def annotated(city: str, who: Annotated[Context, "of the call"]) -> str:
    return f"{who.user} in {city}"


def annotated_optional(city: str, who: Annotated[Context | None, "of the call"]) -> str:
    assert who is not None
    return f"{who.user} in {city}"


def by_module(city: str, context: chimeric.Context) -> str:
    return f"{context.user} in {city}"


async def awaited(context: Context, city: str) -> str:
    return f"{context.user} in {city}"


def stepping(context: Context, city: str) -> Iterator[str]:
    yield str(context.turn)
    return f"{context.user} in {city}"


class Guide:
    def tell(self, context: Context, city: str) -> str:
        return f"{context.user} in {city}"


SHAPES = [
    plain,
    optional,
    old_style,
    annotated,
    annotated_optional,
    by_module,
    awaited,
    stepping,
    Guide().tell,
]


@pytest.mark.parametrize("mode", MODES)
def test_a_parameter_of_this_type_gets_the_context_and_is_not_in_the_schema(
    crew: Crew, mode: str
) -> None:
    tools = [Tool.from_function(shape, name=f"t{n}") for n, shape in enumerate(SHAPES)]
    for tool in tools:
        assert list(tool.parameters["properties"]) == ["city"]
        assert tool.parameters["required"] == ["city"]
    wanted = [(tool.name, {"city": "Rome"}) for tool in tools]
    heard = listen(mode, crew.client(), calls(*wanted), tools=tools, user_context="Ada")
    assert [r.output for r in heard.response.tool_results] == ["Ada in Rome"] * len(tools)


def test_the_name_is_known_where_a_module_imports_it_for_checkers_alone() -> None:
    def tool(context: "Context", city: str) -> str:  # noqa: UP037
        return city

    tool.__annotations__["context"] = "Context | None"
    assert list(Tool.from_function(tool).parameters["properties"]) == ["city"]

    def hidden(context: Hidden, city: str) -> str:
        return city

    with pytest.raises(ToolRegistrationError, match=r"'context'.*cannot be resolved"):
        Tool.from_function(hidden)


def test_a_model_cannot_set_it(crew: Crew) -> None:
    def loose(context: Context, **more: Any) -> str:
        return f"{context.user} {more}"

    tools = [Tool.from_function(plain), Tool(name="loose", function=loose)]
    forged = {"city": "Rome", "context": {"user": "Eve"}}
    heard = listen(
        "sync",
        crew.client(),
        calls(("plain", forged), ("loose", forged), ("loose", {"city": "Rome"})),
        tools=tools,
        user_context="Ada",
    )
    strict, open_, fine = heard.response.tool_results
    assert strict.output.startswith("invalid arguments for plain: unknown 'context'")
    assert open_.is_error
    assert "unknown" in open_.output
    assert fine.output == "Ada {'city': 'Rome'}"


def test_other_types_that_hold_a_context_are_no_context() -> None:
    def tool(contexts: list[Context]) -> str:
        return ""

    with pytest.raises(ToolRegistrationError, match="'contexts'"):
        Tool.from_function(tool)


def test_a_free_text_tool_may_have_one(crew: Crew) -> None:
    from chimeric import ToolCall
    from chimeric.transport.tool_threads import run_tool
    from chimeric.values.context import Context as Made
    from chimeric.values.requests import Request

    context = Made(Request(model="m", messages=()), user="Ada")
    native = {"type": "custom", "name": "sql"}
    call = ToolCall("1", "sql", "SELECT 1", "custom")
    for function in (
        lambda sql: sql,
        _first,
        _last,
    ):
        tool = Tool(name="sql", native=native, function=function)
        assert "SELECT 1" in run_tool(tool, call, context=context).output


def _first(context: Context, sql: str) -> str:
    return f"{context.user} {sql}"


def _last(sql: str, /, context: Context) -> str:
    return f"{context.user} {sql}"
