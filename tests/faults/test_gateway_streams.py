"""What servers were seen to send, legal and not, reaches the gateway's clients as the library
reads it: the same text and calls, and an error where it is one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from chimeric_testing import SeenRequest

from tests.gateway.asking import PROTOCOLS, body, calls_of
from tests.gateway.heard import Heard, hear, read
from tests.gateway.running import UPSTREAM_KEY, in_process
from tests.gateway.upstream import Upstream
from tests.protocols.case import Case
from tests.protocols.cases import CASES

TOOLS: dict[str, Any] = {
    "wipe": {"type": "object", "properties": {"what": {"type": "string"}}},
    "look": {"type": "object", "properties": {"q": {"type": "integer"}}},
    "pay": {"type": "object", "properties": {"amount": {"type": "integer"}}},
}
ENDS = {
    "chat_completions": {
        "stop": "stop", "length": "length", "tool_calls": "tool_calls", "pause": "stop",
        "content_filter": "content_filter", "refusal": "content_filter", "other": "stop",
    },
    "responses": {"length": "incomplete", "content_filter": "incomplete", "pause": "incomplete"},
    "messages": {
        "stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use",
        "content_filter": "refusal", "refusal": "refusal", "pause": "pause_turn",
        "other": "end_turn",
    },
}  # fmt: skip
"""How each protocol words a finish reason; Responses calls all others ``completed``."""


class Played(NamedTuple):
    """A case upstream, and what the client speaks."""

    case: Case
    protocol: str

    def __str__(self) -> str:
        return f"{self.case.name}-{self.protocol}"


KNOWN = [case for case in CASES if not case.custom_tools]
EVERY = [Played(case, spoken) for case in KNOWN for spoken in PROTOCOLS]

REFUSED = "a stream that breaks its protocol ends in an error, where the library can read it"
PASSED = "what an upstream of the same protocol tells wrongly passes as it is"
HALF = {
    "anthropic a call told twice at another index-messages",  # others hear of one
    "google a call that grows",
    "responses-closed-cancelled",
    "responses-cut-item-in-a-completed-response",
    "responses-failed-item",
    "responses-one-whole-one-cut",
}
"""Streams that end well for the library, which knows which of their calls is whole. A client of the
gateway has heard the pieces of all, and would run them: it is told of an error."""

LEFT = {
    "anthropic arguments in the start of a block that nobody closes-messages": PASSED,
    "responses-all-at-index-zero-responses": REFUSED,
    "responses-all-at-zero-and-told-whole-responses": REFUSED,
    "responses-call-started-null-id-responses": REFUSED,
    "responses-harmony-new-ids-responses": REFUSED,
    "responses-only-part-done-responses": REFUSED,
    "responses-reasoning-only-done-responses": REFUSED,
    "responses-reasoning-parted-otherwise-responses": REFUSED,
    "responses-text-text-done-final-no-id-responses": REFUSED,
    "responses-two-calls-interleaved-all-zero-responses": REFUSED,
    "responses-two-equal-calls-all-zero-final-new-responses": REFUSED,
    "responses-two-equal-calls-all-zero-final-same-responses": REFUSED,
    "responses-unannounced-messages-told-whole-responses": REFUSED,
    "responses-vllm-with-reasoning-responses": REFUSED,
}
"""What is not told as the library reads it, and why."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def gateway(upstream: Upstream) -> Iterator[str]:
    """A gateway with a model for each case."""
    endpoints: dict[str, Any] = {}
    models: dict[str, Any] = {}
    for case in KNOWN:
        name = f"up-{case.provider}-{case.api}"
        options = {"api": case.api} if case.api else {}
        endpoints[name] = upstream.endpoint(case.provider, options)
        models[case.name] = {"model": f"{name}:{upstream.add(_serving(case))}"}
    with in_process({"endpoints": endpoints, "models": models}) as url:
        yield url


def _serving(case: Case) -> Callable[[int, SeenRequest], Iterable[Any]]:
    kind = case.content_type if case.stream else "application/json"
    if case.stream and case.provider == "bedrock":
        kind = "application/vnd.amazon.eventstream"
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(case.body)}\r\n\r\n"
    return lambda number, request: (head.encode(), case.body)


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest, gateway: str) -> Iterator[Callable[[Played], Heard]]:
    """Plays all that was selected, several at a time."""
    selected: list[Any] = [item for item in request.session.items if item.path == request.path]
    wanted = [i.callspec.params["played"] for i in selected if "played" in i.fixturenames]

    def play(played: Played) -> Heard:
        case = played.case
        asked = body(played.protocol, case.name, stream=case.stream, tools=TOOLS)
        return hear(gateway, played.protocol, asked)

    with ThreadPoolExecutor(8) as pool:
        futures: dict[str, Future[Heard]] = {
            str(played): pool.submit(play, played) for played in wanted
        }
        yield lambda played: futures[str(played)].result(120)


@pytest.mark.parametrize(
    "played",
    [
        pytest.param(
            played,
            id=str(played),
            marks=[pytest.mark.xfail(reason=LEFT[str(played)], strict=True)]
            if str(played) in LEFT
            else [],
        )
        for played in EVERY
    ],
)
def test_an_answer_upstream_is_told_as_it_is(
    played: Played, results: Callable[[Played], Heard], upstream: Upstream
) -> None:
    case, heard = played.case, results(played)
    told = heard.everything()
    for secret in (UPSTREAM_KEY, *upstream.secrets, "Traceback"):
        assert secret not in told
    assert [fault for fault in heard.faults if fault not in own_faults(played)] == []
    if case.name in HALF or str(played) in HALF:
        assert heard.failed
        assert heard.finish is None
        return
    if case.errors or ("other" in case.finish and heard.failed):
        assert heard.failed
        assert heard.finish is None
        assert heard.status == 200 or heard.status in (400, 401, 404, 413, 422, 429, 502, 503, 504)
        assert case.text.startswith(heard.text)
        if heard.status == 200:
            assert heard.text == case.text
        return
    assert heard.ended, heard.error
    assert not heard.aborted
    if case.kind == "audio" and SAME.get((case.provider, case.api)) == played.protocol:
        assert heard.text in case.text  # it is spoken: the sound and its words pass as they are
    elif "refusal" in case.finish and played.protocol == "messages":
        assert heard.text.startswith(case.text)  # it has no other place for what refuses
    else:
        assert heard.text == case.text
    other = "completed" if played.protocol == "responses" else None
    finishes = {ENDS[played.protocol].get(reason, other) for reason in case.finish}
    if "other" in case.finish:  # with half a call in it, it is told as cut
        finishes.add(ENDS[played.protocol]["length"])
    if "refusal" in case.finish and not heard.refusal:  # nobody says why
        finishes.add(ENDS[played.protocol]["content_filter"])
    if heard.refusal and played.protocol == "chat_completions":
        finishes.add("stop")  # as OpenAI ends what refuses
    same = SAME.get((case.provider, case.api)) == played.protocol
    # A word that the library does not know passes where the protocol is the same.
    assert heard.finish in finishes or (same and "other" in case.finish)
    assert heard.model == case.name
    calls = [(name, _plain(text)) for name, text in calls_of(heard.calls)]
    if case.stream and case.finish != ("tool_calls",) and heard.finish != "completed":
        return  # pieces of calls have gone out before anybody knew; the end says what they are
    assert calls == [(name, _plain(text)) for name, text in case.calls]


SAME = {
    ("openai", None): "responses", ("openai", "chat_completions"): "chat_completions",
    ("anthropic", None): "messages", ("compatible", None): "chat_completions",
    ("openrouter", None): "chat_completions", ("groq", None): "chat_completions",
    ("mistral", None): "chat_completions", ("cerebras", None): "chat_completions",
    ("deepseek", None): "chat_completions", ("grok", "chat_completions"): "chat_completions",
}  # fmt: skip
"""Which protocol of clients an upstream speaks itself."""


def own_faults(played: Played) -> list[str]:
    """What the upstream's own answer breaks: where the protocol is the same, it passes."""
    case = played.case
    if SAME.get((case.provider, case.api)) != played.protocol:
        return []
    kind = {"content-type": "text/event-stream" if case.stream else "application/json"}
    return read(Heard(200, kind, case.body), played.protocol).faults


def _plain(arguments: str) -> Any:
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return arguments
