"""Hundreds of tools: a search stands for them, and what it finds is offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from chimeric_mcp import ToolSearch

from chimeric import Chimeric, Message, Tool, ToolCall

from .conftest import MODES, ask, odd, outputs

Client = Callable[..., Chimeric]

SUBJECTS = ("invoice", "customer", "ticket", "parcel", "meeting", "account", "photo", "room")
VERBS = ("create", "find", "delete", "rename", "share", "archive", "export", "count")


def made(name: str, description: str) -> Tool:
    def work(id: int) -> str:
        return f"{name}({id})"

    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    return Tool(name=name, description=description, parameters=schema, function=work)


MANY = [made(f"{v}{s.title()}", f"{v.title()} {s}s of the shop.") for s in SUBJECTS for v in VERBS]


def offered(simulator: Any, place: int = -1) -> list[str]:
    return [tool["name"] for tool in simulator.requests[place].body["tools"]]


@pytest.mark.parametrize("mode", MODES)
def test_what_a_search_finds_is_offered_in_the_next_turn(
    mode: str, client: Client, simulator: Any
) -> None:
    asked = client(plugins=[ToolSearch(most=3)])
    (response,) = ask(
        mode, asked, "use only search_tools: Export Invoices", model="openai:tools", tools=MANY
    )
    found = msgspec.json.decode(outputs(response)[0])
    assert found[0] == {"name": "exportInvoice", "description": "Export invoices of the shop."}
    assert offered(simulator, -2) == ["search_tools"]
    assert offered(simulator) == ["search_tools", *sorted(
        (tool["name"] for tool in found), key=[tool.name for tool in MANY].index
    )]  # fmt: skip


def test_a_conversation_goes_on_with_what_it_found_and_called_before(
    client: Client, simulator: Any
) -> None:
    told = msgspec.json.encode([{"name": "sharePhoto", "description": ""}]).decode()
    messages = [
        Message("user", "share it"),
        Message("assistant", "", tool_calls=(ToolCall("1", "search_tools", '{"query":"share"}'),)),
        Message("tool", told, tool_call_id="1", name="search_tools"),
        Message("assistant", "", tool_calls=(ToolCall("2", "countRoom", "{}"),)),
        Message("tool", "4", tool_call_id="2", name="countRoom"),
        Message("user", "and now"),
    ]
    with client(plugins=[ToolSearch()]) as asked:
        asked.generate("openai:tools", messages, tools=MANY, tool_choice="none")
    assert offered(simulator) == ["search_tools", "sharePhoto", "countRoom"]


def test_few_tools_are_offered_as_they_are(client: Client, simulator: Any) -> None:
    with client(plugins=[ToolSearch(above=64)]) as asked:
        asked.generate("openai:tools", "hi", tools=MANY, tool_choice="none")
        assert len(offered(simulator)) == 64
        asked.generate("openai:tools", "hi", tools=[*MANY, odd("plain")], tool_choice="none")
        assert offered(simulator) == ["search_tools"]


def test_some_are_always_offered(client: Client, simulator: Any) -> None:
    by_hand = Tool(name="by_hand")
    with client(plugins=[ToolSearch(keep=["find*", "countRoom"])]) as asked:
        asked.generate("openai:tools", "hi", tools=[*MANY, by_hand], tool_choice="none")
        assert len(offered(simulator)) == 1 + 8 + 1 + 1
        asked.generate("openai:tools", "hi", tools=MANY, tool_choice="sharePhoto")
        assert "sharePhoto" in offered(simulator, -2)


def test_a_search_without_a_find_says_so_and_goes_on(client: Client) -> None:
    with client(plugins=[ToolSearch(above=0)]) as asked:
        response = asked.generate("sim:tools", "use only search_tools: Zebras", tools=MANY)
    assert outputs(response) == ["no tool fits; try other words"]


def test_tools_of_a_server_are_searched_by_name_and_description(client: Client) -> None:
    with client(plugins=[odd("many"), ToolSearch(most=2)]) as asked:
        response = asked.generate("sim:tools", "use only search_tools: Tool")
    assert len(msgspec.json.decode(outputs(response)[0])) == 2


def test_a_search_that_finds_nothing_by_its_own_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="most one from 1"):
        ToolSearch(most=0)
