"""What goes wrong on the way is llm's error, and never a normal end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import llm
import msgspec
import pytest
from chimeric_llm.client import shared_client
from chimeric_testing import FAULTS, FaultServer, Script

from chimeric import ChimericError

DELTAS = ("Hello", ", w", "örld", " one", " two")


def _delta(delta: dict[str, Any], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    made = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1"}
    return msgspec.json.encode({**made, "choices": [choice]})


ANSWER = Script(
    payloads=(
        _delta({"role": "assistant", "content": ""}),
        *(_delta({"content": text}) for text in DELTAS),
        _delta({}, "stop"),
        b"[DONE]",
    ),
    cut=4,
)
KEPT = {"all": "".join(DELTAS), "cut": "".join(DELTAS[:3]), "none": ""}

SERVED = [fault for fault in FAULTS.values() if "sse" in fault.framings and fault.memory is None]


def _options(server: FaultServer, fault: Any) -> dict[str, Any]:
    waits = {"timeout": 2 * fault.timeout} if fault.outcome == "timeout" else {}
    return {"base_url": f"{server.url}/v1", "params": {"api": "chat_completions"}, **waits}


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("fault", SERVED, ids=lambda fault: fault.name)
def test_each_fault_is_an_error_of_the_model_or_no_fault_at_all(
    user_path: Any, fault: Any, asynchronous: bool
) -> None:
    with FaultServer(ANSWER, fault) as server:
        read = _aread if asynchronous else _read
        texts, error = read(_options(server, fault), fault.calls)
        shared_client().close()
    if fault.outcome == "ok":
        assert error is None
        assert texts[-1] == KEPT["all"]
        return
    assert isinstance(error, llm.ModelError), repr(error)
    cause = error.__cause__
    assert isinstance(cause, ChimericError)
    assert cause.kind == fault.outcome
    assert "sk-secret" not in f"{error} {error!r}"
    assert texts[-1] == KEPT[fault.kept]


Read = tuple[list[str], BaseException | None]
KEY = "sk-secret-0123456789abcdef"


def _read(options: dict[str, Any], calls: int) -> Read:
    texts: list[str] = []
    try:
        for _ in range(calls):
            texts.append("")
            for text in llm.get_model("openai:gpt-4o").prompt("Hello", key=KEY, **options):
                texts[-1] += text
    except llm.ModelError as error:
        return texts, error
    return texts, None


def _aread(options: dict[str, Any], calls: int) -> Read:
    texts: list[str] = []

    async def run() -> None:
        try:
            for _ in range(calls):
                texts.append("")
                asked = llm.get_async_model("openai:gpt-4o").prompt("Hello", key=KEY, **options)
                async for text in asked:
                    texts[-1] += text
        finally:
            await shared_client().aclose()

    try:
        asyncio.run(run())
    except llm.ModelError as error:
        return texts, error
    return texts, None


def test_a_call_that_broke_off_is_none_and_does_not_run(
    user_path: Any, half_a_call: Callable[[], str]
) -> None:
    ran: list[str] = []

    def wipe(what: str) -> str:
        """Wipe it."""
        ran.append(what)
        return "wiped"

    model = llm.get_model("openai:gpt-4o")
    options = {"base_url": half_a_call(), "params": {"api": "chat_completions"}}
    chain = model.chain("Wipe it", tools=[wipe], key=KEY, options=options)
    chain.text()
    assert ran == []
    assert not chain._responses[-1].tool_calls()
