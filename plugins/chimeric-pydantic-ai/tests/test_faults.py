"""What goes wrong on the way is pydantic-ai's error, and never a normal end."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from chimeric_pydantic_ai import ChimericModel
from chimeric_testing import FAULTS, FaultServer, Script
from pydantic_ai import Agent
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelOverloadedError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelTimeoutError,
    UserError,
)
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.fallback import FallbackModel

from chimeric import Chimeric, ChimericError, RefusedError, Timeout, hookimpl

from .conftest import answered

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
    "auth": ModelAuthenticationError,
    "permission": ModelAuthenticationError,
    "not_found": ModelNotFoundError,
    "bad_request": ModelRequestRejectedError,
    "rate_limit": ModelRateLimitError,
    "connection": ModelConnectionError,
    "incomplete": ModelConnectionError,
    "timeout": ModelTimeoutError,
    "server": ModelAPIError,
    "protocol": ModelAPIError,
}
SERVED = [fault for fault in FAULTS.values() if "sse" in fault.framings and fault.memory is None]


def waits(fault: Any) -> float | None:
    """Seconds without content; of a fault that is none, a slow machine makes none."""
    return 2 * fault.timeout if fault.outcome == "timeout" else None


@pytest.mark.parametrize("fault", SERVED, ids=lambda fault: fault.name)
def test_each_fault_is_the_error_of_its_kind_or_no_fault_at_all(fault: Any) -> None:
    with FaultServer(ANSWER, fault) as server:
        client = Chimeric(
            base_urls={"openai": f"{server.url}/v1"},
            api_keys={"openai": "sk-secret-0123456789abcdef"},
            api="chat_completions",
            timeout=Timeout(first=waits(fault), gap=waits(fault)),
        )
        model = ChimericModel(client, "openai:m-1")
        texts, error, state = asyncio.run(_read(model, fault.calls))
    if fault.outcome == "ok":
        assert error is None
        assert (texts[-1], state) == (KEPT["all"], "complete")
        return
    assert isinstance(error, ERRORS[fault.outcome]), repr(error)
    assert isinstance(error.__cause__, ChimericError)
    assert "sk-secret" not in f"{error} {error!r} {vars(error)}"
    assert state != "complete"
    assert texts[-1] == KEPT[fault.kept]


async def _read(
    model: ChimericModel, calls: int
) -> tuple[list[str], BaseException | None, str | None]:
    texts: list[str] = []
    state: str | None = None
    error: BaseException | None = None
    request = [ModelRequest.user_text_prompt("Hello")]
    async with model.client:
        for _ in range(calls):
            texts.append("")
            state = None
            try:
                async with model.request_stream(request, None, ModelRequestParameters()) as stream:
                    try:
                        async for _ in stream:
                            pass
                    finally:
                        texts[-1], state = stream.get().text or "", stream.get().state
            except (ModelAPIError, UserError) as raised:
                error = raised
    return texts, error, state


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ModelRequestRejectedError),
        (401, ModelAuthenticationError),
        (402, ModelQuotaExceededError),
        (429, ModelRateLimitError),
        (529, ModelOverloadedError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_status_is_an_http_error_of_its_category(
    client: Chimeric, status: int, kind: type[Exception], stream: bool
) -> None:
    settings: Any = {"extra_body": {"sim": {"status": status, "retry_after": 7}}}
    agent = Agent(ChimericModel(client, "openai:gpt-4o"), model_settings=settings)

    with pytest.raises(ModelHTTPError) as raised:
        answered(agent, "Hi", stream=stream)
    assert isinstance(raised.value, kind)
    assert raised.value.status_code == status
    assert raised.value.retry_after == 7


def test_an_error_event_in_a_stream_is_an_error_in_a_stream(client: Chimeric) -> None:
    settings: Any = {"extra_body": {"sim": {"fail_after": 3}}}
    agent = Agent(ChimericModel(client, "anthropic:claude-sonnet-4-5"), model_settings=settings)

    async def run() -> None:
        async with agent.run_stream("A story in 200 words") as answer:
            async for _ in answer.stream_text():
                pass

    with pytest.raises(ModelAPIError) as raised:
        asyncio.run(run())
    assert raised.value.in_stream


def test_a_fallback_model_goes_on_with_the_next(client: Chimeric) -> None:
    broken = ChimericModel(
        client, "openai:gpt-4o", settings={"extra_body": {"sim": {"status": 503}}}
    )
    good = ChimericModel(client, "anthropic:echo")
    agent = Agent(FallbackModel(broken, good))

    async def run() -> str:
        async with agent.run_stream("good day") as answer:
            return await answer.get_output()

    assert answered(agent, "good day").output == "good day"
    assert asyncio.run(run()) == "good day"


def test_a_wrong_set_up_is_a_user_error() -> None:
    agent = Agent(ChimericModel(Chimeric(), "no-such-provider:m"))
    with pytest.raises(UserError, match="no-such-provider"):
        answered(agent, "Hi")


def test_a_refusal_of_middleware_is_told_with_its_wait(client: Chimeric) -> None:
    class Full:
        @hookimpl
        def chimeric_attempt(self, request: Any, context: Any) -> Any:
            raise RefusedError("the minute is used up", retry_after=12.0)

    settings: Any = {"chimeric_params": {"use": [Full()]}}
    agent = Agent(ChimericModel(client, "openai:gpt-4o", settings=settings))
    with pytest.raises(ModelAPIError, match="used up") as raised:
        answered(agent, "Hi")
    assert raised.value.retry_after == 12.0
