"""Recorded answers, whole and broken off, go back in requests that the official SDKs know."""

from __future__ import annotations

import collections
import warnings
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, CompletionResponse, Message
from tests.conformance.corpus import CORPUS, cases, check, route
from tests.requests.served import PATHS, answer_of

from .posted import settings_of
from .services import ORACLES, judged_again

pytestmark = pytest.mark.skipif(check is None, reason=f"no recordings at {CORPUS}")

ASK: Any = {"role": "user", "content": "Go on."}


SPOKEN = {
    ("openai", "chat_completions"): "chat",
    ("grok", "chat_completions"): "grok-chat",
    ("azure", "responses"): "azure-responses",
}
"""Of providers that speak several protocols, the names of those that are not their first."""


def services() -> dict[str, list[dict[str, Any]]]:
    """The recordings whose service has an SDK to ask, by service."""
    found: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for case in cases():
        provider, options = route(case)
        name = SPOKEN.get((provider, options.get("api")), provider)
        # Bedrock's other APIs are OpenAI's and Anthropic's, whose own recordings are here.
        if provider in ORACLES and (provider != "bedrock" or options["api"] == "converse"):
            found[name].append(case)
    return found


RECORDED = services()


class Replay:
    """Answers with a recording, or the beginning of one, and then with a word."""

    def __init__(self, name: str) -> None:
        self.todo: list[tuple[dict[str, Any], float]] = []
        self._word = msgspec.json.encode(answer_of(name, "ok"))
        self.server = LoopbackServer(self._answer)

    def _answer(self, request: SeenRequest) -> Iterator[bytes]:
        status, kind, body = 200, "application/json", self._word
        if self.todo:
            case, share = self.todo.pop(0)
            status, body = case["response"]["status"], check.body_bytes(case)
            headers = {k.lower(): v for k, v in case["response"]["headers"].items()}
            kind = headers.get("content-type", kind)
            body = body[: int(len(body) * share)]
        head = f"HTTP/1.1 {status} Recorded\r\ncontent-type: {kind}\r\n"
        yield f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def answered(client: Chimeric, case: dict[str, Any], model: str) -> list[Message]:
    """What a recorded answer, or as much of it as came, leaves in the conversation."""
    provider, options = route(case)
    try:
        result = client.generate(
            model, "recorded", provider=provider, stream=bool(case["stream"]), **options
        )
        if not isinstance(result, CompletionResponse):
            result = result.collect()
    except ChimericError as error:
        return list(error.partial.messages) if error.partial is not None else []
    return list(result.messages)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_what_was_answered_can_be_sent_again(name: str) -> None:
    replay, wrong, count = Replay(name), dict[str, list[str]](), 0
    provider, options = route(RECORDED[name][0])
    settings = settings_of(provider, replay.server.url + PATHS.get(provider, "/v1"))
    with replay.server, Chimeric(**settings) as client, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in RECORDED[name]:
            body = case["request"]["body"]
            model = (body.get("model") if isinstance(body, dict) else None) or "recorded-model"
            for share in (1.0, 0.6, 0.3) if case["stream"] else (1.0,):
                replay.todo = [(case, share)]
                said = answered(client, case, model)
                if not said:
                    continue
                client.generate(model, [*said, ASK], provider=provider, **options)
                seen = replay.server.requests[-1]
                found = judged_again(provider, seen)
                count += 1
                if found:
                    wrong[f"{case['name']} {share}"] = found[:3]
    assert wrong == {}
    assert count > len(RECORDED[name]) // 2
