"""Calls that a person has to approve: by name, pattern, hint or function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from chimeric_mcp import MCPTool, require_approval

from chimeric import Chimeric, Tool, ToolCall, from_json, to_json

from .conftest import MODES, library, odd, outputs, run

pytestmark = pytest.mark.slow

Client = Callable[..., Chimeric]


@pytest.mark.parametrize("mode", MODES)
def test_what_was_approved_runs_and_what_was_denied_does_not(mode: str, client: Client) -> None:
    server = odd("plain").require_approval("say", reason="say is loud")
    text = "use only say twice in Oslo and in Rome"

    def decided(response: Any) -> Any:
        first, second = response.pending
        assert response.finish_reason == "tool_calls"
        assert response.metadata["paused"] == {first.id: "say is loud", second.id: "say is loud"}
        return from_json(to_json(response.resume({first.id: True, second.id: "too loud"})))

    async def main() -> Any:
        async with client() as asked:
            response = await asked.agenerate("sim:tools", text, tools=[server])
            return await asked.agenerate("sim:tools", decided(response), tools=[server])

    if mode == "sync":
        with client() as asked:
            response = asked.generate("sim:tools", text, tools=[server])
            last = asked.generate("sim:tools", decided(response), tools=[server])
    else:
        last = run(mode, main)
    assert outputs(last) == ['say: {"word": "Oslo"}']
    assert "denied: too loud" in last.messages[-2].text


def test_a_pattern_fits_the_name_at_the_server_too(client: Client) -> None:
    servers = [odd("plain", name="one"), odd("plain", name="two")]
    for plugin, names in [
        (require_approval("say"), {"one__say", "two__say"}),
        (require_approval("two__*"), {"two__say"}),
        (require_approval("nothing"), set()),
        (require_approval(), {"one__say", "two__say"}),
        (require_approval(when=lambda call, tool: call.name == "one__say"), {"one__say"}),
    ]:
        with client() as asked:
            response = asked.generate(
                "sim:tools", "use only one__say and two__say", tools=servers, use=[plugin]
            )
        assert {call.name for call in response.pending} == names


@pytest.mark.parametrize(
    ("tool", "waits"), [("add", False), ("delete_book", True), ("sleep", True)]
)
def test_a_hint_decides_and_who_does_not_say_is_taken_for_destructive(
    tool: str, waits: bool, client: Client
) -> None:
    plugin = require_approval(annotation="destructiveHint")
    with client(plugins=[plugin]) as asked:
        response = asked.generate("sim:tools", f"use only {tool} with 0", tools=[library()])
    assert [call.name for call in response.pending] == ([tool] if waits else [])


def test_a_hint_of_what_only_reads_is_never_destructive() -> None:
    hints = {"readOnlyHint": True, "destructiveHint": True}
    tool = MCPTool(name="look", server="s", original="look", annotations=hints)
    call = ToolCall("1", "look", "{}")
    assert require_approval(annotation="destructiveHint").verdict(call, tool) is None
    assert require_approval(annotation="readOnlyHint").verdict(call, tool) is not None


def test_a_function_has_no_hints() -> None:
    call, tool = ToolCall("1", "pay", "{}"), Tool(name="pay")
    assert require_approval(annotation="destructiveHint").verdict(call, tool) is None
    assert require_approval("p*").verdict(call, tool) is not None


def test_a_hint_that_the_protocol_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of readOnlyHint, destructiveHint"):
        require_approval(annotation="destructive")
