"""What goes wrong on the way is LangChain's error, and never a normal end."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import msgspec
import pytest
from chimeric_langchain import ChatChimeric
from chimeric_testing import FAULTS, FaultServer, Script
from langchain_core import exceptions as framework

import chimeric
from chimeric import Chimeric, ChimericError, RefusedError, Timeout, hookimpl

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

ERRORS: dict[str, type[Exception]] = {
    "auth": framework.ModelAuthenticationError,
    "permission": framework.ModelPermissionDeniedError,
    "not_found": framework.ModelNotFoundError,
    "bad_request": framework.ModelInvalidRequestError,
    "rate_limit": framework.ModelRateLimitError,
    "connection": framework.ModelConnectionError,
    "incomplete": framework.ModelConnectionError,
    "timeout": framework.ModelTimeoutError,
    "server": framework.ModelAPIError,
    "protocol": framework.ModelAPIError,
}
SERVED = [fault for fault in FAULTS.values() if "sse" in fault.framings and fault.memory is None]


def waits(fault: Any) -> float | None:
    """Seconds without content; of a fault that is none, a slow machine makes none."""
    return 2 * fault.timeout if fault.outcome == "timeout" else None


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("fault", SERVED, ids=lambda fault: fault.name)
def test_each_fault_is_the_error_of_its_kind_or_no_fault_at_all(
    fault: Any, asynchronous: bool
) -> None:
    with FaultServer(ANSWER, fault) as server:
        client = Chimeric(
            base_urls={"openai": f"{server.url}/v1"},
            api_keys={"openai": "sk-secret-0123456789abcdef"},
            api="chat_completions",
            timeout=Timeout(first=waits(fault), gap=waits(fault)),
        )
        model = ChatChimeric(model="openai:m-1", client=client)
        if asynchronous:
            texts, error, whole = asyncio.run(_aread(model, fault.calls))
        else:
            with client:
                texts, error, whole = _read(model, fault.calls)
    if fault.outcome == "ok":
        assert error is None
        assert (texts[-1], whole) == (KEPT["all"], True)
        return
    assert isinstance(error, ERRORS[fault.outcome]), repr(error)
    assert isinstance(error, ChimericError)
    assert "sk-secret" not in f"{error} {error!r} {vars(error)}"
    assert not whole
    assert texts[-1] == KEPT[fault.kept]


Read = tuple[list[str], BaseException | None, bool]


def _read(model: ChatChimeric, calls: int) -> Read:
    texts: list[str] = []
    whole = False
    try:
        for _ in range(calls):
            texts.append("")
            for chunk in model.stream("Hello"):
                texts[-1] += chunk.text
                whole = chunk.chunk_position == "last"
    except framework.ModelError as error:
        return texts, error, whole
    return texts, None, whole


async def _aread(model: ChatChimeric, calls: int) -> Read:
    texts: list[str] = []
    whole = False
    async with model.client:
        try:
            for _ in range(calls):
                texts.append("")
                async for chunk in model.astream("Hello"):
                    texts[-1] += chunk.text
                    whole = chunk.chunk_position == "last"
        except framework.ModelError as error:
            return texts, error, whole
    return texts, None, whole


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, framework.ModelInvalidRequestError),
        (401, framework.ModelAuthenticationError),
        (403, framework.ModelPermissionDeniedError),
        (404, framework.ModelNotFoundError),
        (429, framework.ModelRateLimitError),
        (503, framework.ModelAPIError),
    ],
)
def test_a_status_is_an_error_of_both_names_and_can_be_pickled(
    client: Chimeric, status: int, kind: type[Exception]
) -> None:
    told = {"extra_body": {"sim": {"status": status, "retry_after": 7}}}
    model = ChatChimeric(model="openai:gpt-4o", client=client)
    with pytest.raises(kind) as raised:
        model.invoke("Hi", **told)
    error = raised.value
    assert isinstance(error, chimeric.ProviderError)
    assert (error.status_code, error.retry_after) == (status, 7)
    assert type(error.__cause__).__name__ == type(error).__name__
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy)) == (type(error), str(error))


def test_a_request_that_is_too_long_is_an_overflow(client: Chimeric) -> None:
    class Long:
        @hookimpl
        def chimeric_attempt(self, request: Any, context: Any) -> Any:
            raise chimeric.BadRequestError("too long", code="context_length_exceeded")

    model = ChatChimeric(model="openai:gpt-4o", client=client, params={"use": [Long()]})
    with pytest.raises((framework.ContextOverflowError, chimeric.PluginError)):
        model.invoke("Hi")


def test_a_refusal_of_middleware_is_told_with_its_wait(client: Chimeric) -> None:
    class Full:
        @hookimpl
        def chimeric_attempt(self, request: Any, context: Any) -> Any:
            raise RefusedError("the minute is used up", retry_after=12.0)

    model = ChatChimeric(model="openai:gpt-4o", client=client, params={"use": [Full()]})
    with pytest.raises(framework.ModelError, match="used up") as raised:
        model.invoke("Hi")
    assert isinstance(raised.value, RefusedError)
    assert raised.value.retry_after == 12.0


def test_a_wrong_set_up_is_told_before_anything_is_sent() -> None:
    with pytest.raises(chimeric.ConfigurationError, match="no-such-provider"):
        ChatChimeric(model="no-such-provider:m", client=Chimeric()).invoke("Hi")
