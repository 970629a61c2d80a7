"""What a hedge does with tools, native events, middleware, keys, time limits and its budget."""

from __future__ import annotations

import threading
import time
import warnings
from collections import deque
from typing import Any

import msgspec
import pytest
from chimeric_cost import Cost
from chimeric_hedge import Hedge, Race
from chimeric_redact import Redact
from chimeric_testing import LoopbackServer, Pause

from chimeric import (
    Context,
    Endpoint,
    Message,
    RequestTimeoutError,
    Timeout,
    TranslationWarning,
    hookimpl,
)

from .conftest import Server, ask

# --- tools ---------------------------------------------------------------------------------------


class Clock:
    """A tool that counts its runs."""

    def __init__(self) -> None:
        self.runs = 0

    def now(self) -> str:
        """Tell the time."""
        self.runs += 1
        return "noon"


@pytest.mark.parametrize("stream", [True, False])
def test_tools_run_once_and_later_turns_stay_with_the_winner(
    server: Server, mode: str, stream: bool
) -> None:
    clock = Clock()
    race = Race(server.client(), {"compatible:tools": ["compatible:tools-2"]})
    response = ask(mode, race, "tools", stream=stream, tools=[clock.now])
    assert response.content == "tools says so"
    assert clock.runs == 1
    winner = response.metadata["hedge"]["winner"].partition(":")[2]
    assert server.asked.count(winner) == 2
    assert len(server.asked) <= 3  # the loser may have been closed before it was heard
    assert [turn["hedge"]["winner"] for turn in response.metadata["turns"]] == [
        f"compatible:{winner}"
    ] * 2


def test_tools_of_whole_native_answers_run_once(server: Server, mode: str) -> None:
    clock = Clock()
    race = Race(server.client(), {"compatible:tools": ["compatible:tools-2"]})
    answer = ask(mode, race, "tools", native=True, tools=[clock.now])
    assert answer.choices[0].message.content == "whole tools"
    assert clock.runs == 1


class Approve:
    """Asks a human first."""

    @hookimpl
    def chimeric_call_tool(self, context: Context) -> Any:
        from chimeric import Pause

        return Pause("may it?")


def test_approved_calls_run_once_with_the_model_that_is_named(server: Server, mode: str) -> None:
    clock = Clock()
    with server.client(Approve()) as client:
        paused = client.generate("compatible:tools", "Hi", tools=[clock.now])
    messages: Any = paused.resume({call.id: True for call in paused.pending})
    if mode == "trio":
        messages = deque(messages)  # any collection will do
    assert clock.runs == 0
    server.asked_again()
    race = Race(server.client(Approve()), {"compatible:tools": ["compatible:good"]})
    response = ask(mode, race, "tools", messages, tools=[clock.now])
    assert response.content == "whole tools"  # asked as the client asks
    assert clock.runs == 1
    assert server.asked == ["tools"]


# --- forms ---------------------------------------------------------------------------------------


def test_native_events_are_all_there(server: Server) -> None:
    with server.client() as client:
        hedge = Hedge(client, {"compatible:silent": ["compatible:good"]}, delay=0.02)
        events = list(hedge.generate("compatible:silent", "Hi", stream=True, native=True))
        alone = list(client.generate("compatible:good", "Hi", stream=True, native=True))
    assert [msgspec.to_builtins(e) for e in events] == [msgspec.to_builtins(e) for e in alone]
    assert events[0].choices[0].delta.role == "assistant"


def test_whole_native_answers_race_as_wholes(server: Server, mode: str) -> None:
    race = Race(server.client(), {"compatible:mute": ["compatible:good"]})
    answer = ask(mode, race, "mute", native=True)
    assert answer.choices[0].message.content == "whole good"


def test_the_raw_events_of_a_winner_are_kept(server: Server) -> None:
    with server.client() as client:
        hedge = Hedge(client, {"compatible:silent": ["compatible:good"]}, delay=0.02)
        hedged = [chunk.raw for chunk in hedge.generate("compatible:silent", "Hi", stream=True)]
        alone = [chunk.raw for chunk in client.generate("compatible:good", "Hi", stream=True)]
    assert hedged == alone


def test_messages_and_tools_may_be_iterators(server: Server, mode: str) -> None:
    clock = Clock()
    hedge = server.hedge("silent", "good")
    messages = iter([Message("user", "Hi")])
    response = ask(mode, hedge, "silent", messages, tools=iter([clock.now]), stream=True)
    assert response.content == "good says so"
    assert server.loopback.requests[-1].json()["tools"][0]["function"]["name"] == "now"


# --- middleware ----------------------------------------------------------------------------------


def test_middleware_sees_both_and_the_caller_the_winners(server: Server, mode: str) -> None:
    clients = server.client(Redact(["says"]), Cost())
    hedge = Hedge(clients, {"compatible:silent": ["compatible:good"]}, delay=0.02)
    response = ask(mode, hedge, "silent", stream=True)
    assert response.content == "good [redacted] so"
    assert response.metadata["hedge"]["winner"] == "compatible:good"


class Ends:
    """Notes how attempts end."""

    def __init__(self) -> None:
        self.models: list[tuple[str, bool]] = []

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Any:
        from chimeric import SEND

        yield SEND
        self.models.append((context.request.model, context.closed_early))


def test_the_losers_hooks_finish(server: Server, mode: str) -> None:
    ends = Ends()
    hedge = Hedge(server.client(ends), {"compatible:silent": ["compatible:good"]}, delay=0.02)
    ask(mode, hedge, "silent", stream=True)
    assert sorted(model for model, _ in ends.models) == ["good", "silent"]


def test_plugins_of_a_call_are_used_by_both(server: Server, mode: str) -> None:
    ends = Ends()
    response = ask(mode, server.hedge("silent", "good"), "silent", stream=True, use=[ends])
    assert response.content == "good says so"
    assert sorted(model for model, _ in ends.models) == ["good", "silent"]


# --- what goes along -----------------------------------------------------------------------------


def test_keys_and_headers_stay_with_the_model_that_they_were_given_for(
    server: Server, mode: str
) -> None:
    client = server.client(endpoints={"eu": Endpoint("compatible", base_url=server.base_url)})
    hedge = Hedge(client, {"compatible:silent": ["eu:together"]}, delay=0.02)
    own = {"x-token": "s3cret", "traceparent": "00-1"}
    with pytest.warns(TranslationWarning, match="header 'x-token', api_key: given for compatible"):
        ask(mode, hedge, "silent", stream=True, api_key="mine", extra_headers=own, top_k=3)
    first, second = server.seen("silent"), server.seen("together")
    assert first.headers["authorization"] == "Bearer mine"
    assert first.headers["x-token"] == "s3cret"
    assert "authorization" not in second.headers
    assert "x-token" not in second.headers
    assert second.headers["traceparent"] == "00-1"
    assert first.json()["top_k"] == second.json()["top_k"] == 3


def test_models_of_one_provider_get_all_of_it(server: Server, mode: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", TranslationWarning)
        hedge = server.hedge("silent", "together")
        ask(mode, hedge, "silent", stream=True, api_key="mine", extra_body={"x": 1})
    for model in ("silent", "together"):
        assert server.seen(model).headers["authorization"] == "Bearer mine"
        assert server.seen(model).json()["x"] == 1


def test_a_provider_that_is_named_apart_is_the_models_own(server: Server) -> None:
    client = server.client(endpoints={"eu": Endpoint("compatible", base_url=server.base_url)})
    models = {"compatible:silent": ["mute", "eu:together-3"]}
    hedge = Hedge(client, models, delay=0.02, max_extra=2)
    asked = {"provider": "compatible", "api_key": "mine"}
    with pytest.warns(TranslationWarning, match="api_key: given for silent, not sent to"):
        response = hedge.generate("silent", "Hi", **asked)
    client.close()
    assert response.metadata["hedge"]["winner"] == "eu:together-3"
    assert server.seen("mute").headers["authorization"] == "Bearer mine"
    assert "authorization" not in server.seen("together-3").headers


def test_a_model_may_have_parameters_of_its_own(server: Server, mode: str) -> None:
    models = {"compatible:silent": {"compatible:together": {"temperature": 0, "top_k": 5}}}
    ask(mode, Hedge(server.client(), models, delay=0.02), "silent", temperature=1, top_p=0.5)
    sent = server.seen("together").json()
    assert (sent["temperature"], sent["top_p"], sent["top_k"]) == (0, 0.5, 5)
    assert server.seen("silent").json()["temperature"] == 1


def test_total_counts_from_the_begin_of_the_call(server: Server, mode: str) -> None:
    hedge = server.hedge("silent", "silent-2", delay=0.2)
    with pytest.raises(RequestTimeoutError) as caught:
        ask(mode, hedge, "silent", stream=True, timeout=Timeout(total=1.5))
    assert caught.value.phase == "total"
    (note,) = caught.value.__notes__
    assert "silent-2 failed, too: RequestTimeoutError: " in note
    assert "total=0.4" not in note  # the second had what was left


# --- how many ------------------------------------------------------------------------------------


def test_no_more_are_hedged_than_the_budget_allows(server: Server) -> None:
    hedge = server.hedge("held", "good", delay=0.001, max_extra=0.25)
    server.let_go.set()
    server.slow = 0.05
    with hedge.client:
        told = [hedge.generate("compatible:held", "Hi").metadata["hedge"] for _ in range(20)]
    extra = server.asked.count("good")
    assert extra == sum(entry["hedged"] for entry in told)
    assert 1 <= extra <= 6  # one, and a quarter of twenty
    assert any(entry.get("held_back") == "budget" for entry in told)


def test_no_budget_is_no_hedge(server: Server, mode: str) -> None:
    server.let_go.set()
    server.slow = 0.05
    response = ask(mode, server.hedge("held", "good", max_extra=0), "held", stream=True)
    assert response.content == "At last"
    assert server.asked == ["held"]


def test_the_delay_is_measured(server: Server) -> None:
    hedge = server.hedge("good", "other", delay=None, initial=7, bounds=(0.001, 5))
    with hedge.client:
        delays = [
            hedge.generate("compatible:good", "Hi").metadata["hedge"]["delay"] for _ in range(22)
        ]
    assert delays[:20] == [7.0] * 20
    assert 0.001 <= delays[20] <= 5


def test_a_hedge_tells_what_the_loser_used_where_it_said_so(server: Server, mode: str) -> None:
    start = {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 9}}}

    def answer(_: Any) -> Any:
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        yield b"event: message_start\ndata: " + msgspec.json.encode(start) + b"\n\n"
        begun.set()
        yield Pause(30)

    begun = threading.Event()
    server.before = lambda: (begun.wait(30), time.sleep(1))  # until it was read
    with LoopbackServer(answer) as messages:
        client = server.client(anthropic_base_url=messages.url, anthropic_api_key="k")
        hedge = Hedge(client, {"anthropic:claude-x": ["compatible:good"]}, delay=0.02)
        response = ask(mode, hedge, "anthropic:claude-x", stream=True)
    assert response.metadata["hedge"]["winner"] == "compatible:good"
    usage = response.metadata["hedge"]["asked"][0]["usage"]
    assert (usage["prompt_tokens"], usage["source"]) == (9, "partial")


def test_the_report_is_plain_data(server: Server) -> None:
    response = ask("sync", server.hedge("silent", "good"), "silent", stream=True)
    report = response.metadata["hedge"]
    assert msgspec.json.decode(msgspec.json.encode(report)) == report
