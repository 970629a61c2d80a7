"""Answers of every provider, sent on to all the others, each judged by its strict simulator.

    python -m tests.requests.round_trip              all recordings at all providers
    python -m tests.requests.round_trip --every 10   each tenth

An answer's ``response.messages`` are sent with a further word of the user, or without one where
calls are open; so are the messages of an answer that was cut off. The simulator must take each
request, and each text of the answer is found in it, or a warning tells that it is not.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import random
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import msgspec
from chimeric_dialects import Signer
from chimeric_sim.server import Reply, Request, Server
from chimeric_sim.service import SimulatedService, route
from chimeric_testing import LoopbackServer, SeenRequest
from chimeric_testing.server import chunked

from chimeric import (
    Chimeric,
    ChimericError,
    CompletionResponse,
    Message,
    ProviderError,
    ReasoningPart,
    TextPart,
    TranslationWarning,
)
from tests.conformance import corpus

__all__ = ["TARGETS", "Answer", "Judge", "answers", "faults"]

KEY = "key-of-a-test"

TARGETS: dict[str, dict[str, Any]] = {
    "anthropic, before 4.7": {"model": "anthropic:claude-sonnet-4-5"},
    "anthropic, newest": {"model": "anthropic:claude-opus-5-5"},
    "bedrock, Claude": {"model": "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"},
    "bedrock, InvokeModel": {
        "model": "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "api": "invoke",
    },
    "bedrock, Mistral": {"model": "bedrock:mistral.mistral-large-2407-v1:0"},
    "bedrock, Nova": {"model": "bedrock:amazon.nova-micro-v1:0"},
    "cerebras": {"model": "cerebras:gpt-oss-120b"},
    "cohere": {"model": "cohere:command-a-03-2025"},
    "compatible": {"model": "compatible:llama3.1-8b"},
    "deepseek": {"model": "deepseek:deepseek-chat"},
    "google, before 3": {"model": "google:gemini-2.5-flash"},
    "google, from 3 on": {"model": "google:gemini-3.8-flash"},
    "google, interactions": {"model": "google:gemini-3.8-flash", "api": "interactions"},
    "grok": {"model": "grok:grok-4.6"},
    "grok, chat": {"model": "grok:grok-4.6", "api": "chat_completions"},
    "groq": {"model": "groq:llama-3.3-70b-versatile"},
    "mistral": {"model": "mistral:mistral-large-latest"},
    "ollama": {"model": "ollama:qwen3"},
    "openai, chat": {"model": "openai:gpt-5.4", "api": "chat_completions"},
    "openai, older": {"model": "openai:gpt-4o"},
    "openai, reasoning": {"model": "openai:gpt-5.4"},
    "openrouter": {"model": "openrouter:anthropic/claude-sonnet-4.5"},
}
"""Where the answers go: a model of each protocol, and of each that differs in it."""

BASES = {
    "google": "",
    "groq": "",
    "cohere": "",
    "mistral": "",
    "cerebras": "",
    "ollama": "",
    "anthropic": "",
    "bedrock": "",
}
"""Providers whose base URL has no version path; the others have ``/v1``."""


class Trusting(Signer):
    """Takes every signature: those in the recordings were made by the real services."""

    def verify(self, kind: str, text: str, signature: object) -> bool:
        return isinstance(signature, str) and bool(signature)


class Judge:
    """The strict simulator and a client whose providers are all at it. A context manager."""

    def __init__(self) -> None:
        self._service = SimulatedService()
        self._service.signer = Trusting(b"of the recordings")
        self._bodies: list[bytes] = []
        self._server = Server(self._handle, "127.0.0.1", 0)
        names = {target["model"].partition(":")[0] for target in TARGETS.values()}
        url = f"http://127.0.0.1:{self._server.port}"
        self.client = Chimeric(
            api_keys=dict.fromkeys(names, KEY),
            base_urls={name: url + BASES.get(name, "/v1") for name in names},
            max_retries=0,
        )

    def _handle(self, request: Request) -> Reply:
        self._bodies.append(request.body)
        return route(request, self._service)

    def judge(self, messages: Sequence[Message], target: str) -> tuple[str, list[str]]:
        """The body that was sent, and what was told of it.

        Raises:
            ChimericError: where the simulator refuses it, or the library did before.
        """
        self._bodies.clear()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            self.client.generate(messages=messages, max_tokens=16, **TARGETS[target])
        sentences = [str(w.message) for w in told if w.category is TranslationWarning]
        return self._bodies[-1].decode(), sentences

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()
        self._server.close()


class Answer(msgspec.Struct, frozen=True):
    """A recorded answer, or the part of one that had come when it was cut off.

    Attributes:
        name: of the recording, and where it was cut.
        response: what was made of it.
        again: whether the user says something more, or the answer is to be gone on with.
    """

    name: str
    response: CompletionResponse
    again: bool = True

    def conversation(self) -> list[Message]:
        """The question, the answer, and a further word where no call waits for a result."""
        said = list(self.response.messages)
        open_calls = {call.id for message in said for call in message.tool_calls}
        open_calls -= {message.tool_call_id for message in said if message.role == "tool"}
        again = [Message("user", "Go on.")] if self.again and not open_calls else []
        return [Message("user", "recorded"), *said, *again]


class _Replay:
    """Serves a case, whole or cut off, and reads it with the provider that it was recorded of."""

    def __init__(self) -> None:
        self._case: dict[str, Any] = {}
        self._body = b""
        self._server = LoopbackServer(self._handle)
        names = [name for name in Chimeric().available_providers if name != "sim"]
        self._client = Chimeric(
            api_keys=dict.fromkeys(names, KEY),
            base_urls=dict.fromkeys(names, f"{self._server.url}/v1"),
            max_retries=0,
        )

    def _handle(self, request: SeenRequest) -> Iterator[bytes]:
        recorded = self._case["response"]
        head = [f"HTTP/1.1 {recorded['status']} Recorded"]
        for name, value in recorded["headers"].items():
            if name.lower() not in ("content-length", "transfer-encoding", "content-encoding"):
                head.append(f"{name}: {value}")
        yield ("\r\n".join([*head, "transfer-encoding: chunked"]) + "\r\n\r\n").encode()
        yield from chunked([self._body])

    def read(self, case: dict[str, Any], body: bytes) -> CompletionResponse | None:
        """What is made of ``body``; of an error, what had come before it."""
        self._case, self._body = case, body
        provider, options = corpus.route(case)
        asked = case["request"]["body"]
        model = asked.get("model") if isinstance(asked, dict) else None
        try:
            result: Any = self._client.generate(
                model or case["expected"]["model"] or "recorded-model",
                "recorded",
                provider=provider,
                stream=case["stream"],
                **options,
            )
            return result if isinstance(result, CompletionResponse) else result.collect()
        except ChimericError as error:
            return error.partial

    def close(self) -> None:
        self._client.close()
        self._server.close()


def answers(every: int = 1, cuts: int = 1) -> Iterator[Answer]:
    """The answers of each ``every``-th case of each provider and protocol.

    Streams come whole, and cut off behind ``cuts`` events each, at places that are always the same.
    """
    if corpus.check is None:
        return
    counts: collections.Counter[tuple[str, str, bool]] = collections.Counter()
    with contextlib.closing(_Replay()) as replay, warnings.catch_warnings():
        warnings.simplefilter("ignore", TranslationWarning)
        for case in corpus.cases():
            kind = (case["provider"], case["api"], case["stream"])
            counts[kind] += 1
            if (counts[kind] - 1) % every or case["response"]["status"] >= 400:
                continue
            body = corpus.check.body_bytes(case)
            bodies = {"": body}
            if case["stream"]:
                chance = random.Random(case["name"])
                ends = _ends(body, case["api"])
                for end in chance.sample(ends, min(cuts, len(ends))):
                    bodies[f", cut after {end} bytes"] = body[:end]
            for where, part in bodies.items():
                response = replay.read(case, part)
                if response is not None and response.messages:
                    yield Answer(case["name"] + where, response)
                    if where:
                        yield Answer(f"{case['name']}{where}, gone on with", response, again=False)


def _ends(body: bytes, api: str) -> list[int]:
    """Where the events of a stream end; the last one is left out."""
    if api == "converse":
        ends, at = [0], 0
        while at + 4 <= len(body):
            at += int.from_bytes(body[at : at + 4], "big")
            ends.append(at)
        return ends[1:-1]
    lines = [at for at, byte in enumerate(body) if byte == 10]
    return [at + 1 for at in lines][:-2]


def faults(answer: Answer, judge: Judge, target: str) -> list[str]:
    """What is wrong with an answer at a target: it is refused, or a text of it is lost."""
    conversation = answer.conversation()
    try:
        body, told = judge.judge(conversation, target)
    except ProviderError as error:
        return [f"refused: {error.message}"]
    except ChimericError as error:
        return [f"not sent: {error}"]
    sent = " ".join(_leaves(msgspec.json.decode(body)))
    lost = [
        f"{kind} lost: {text[:60]!r}"
        for kind, text in _texts(answer.response)
        if _plain(text) not in _plain(sent) and not (kind == "reasoning" and _is_told(told))
    ]
    return lost + [f"told twice: {s}" for s in {s for s in told if told.count(s) > 1}]


def _is_told(told: list[str]) -> bool:
    """Whether reasoning was; a text, a call, a refusal can be said to everybody."""
    return any(word in s for s in told for word in ("reasoning", "thinking", "state"))


def _texts(response: CompletionResponse) -> Iterator[tuple[str, str]]:
    for part in response.parts:
        if isinstance(part, TextPart):
            yield "text", part.text
        elif isinstance(part, ReasoningPart):
            yield "reasoning", part.reasoning
    for message in response.messages:
        if message.refusal:
            yield "refusal", message.refusal
        for call in message.tool_calls:
            yield "name", call.name
            with contextlib.suppress(ValueError):
                for leaf in _leaves(msgspec.json.decode(call.arguments or "{}")):
                    yield "argument", leaf


def _leaves(value: Any) -> Iterator[str]:
    """The texts and numbers of a JSON value, of JSON inside its texts too."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value
        if value[:1] in ("{", "["):
            with contextlib.suppress(ValueError, RecursionError):
                yield from _leaves(msgspec.json.decode(value))
    elif value is not None:
        yield msgspec.json.encode(value).decode()


def _plain(text: str) -> str:
    return "".join(text.split())


def main(arguments: Sequence[str] | None = None) -> int:
    """The whole table; the exit code is 1 where something is refused or lost."""
    parser = argparse.ArgumentParser(description="Answers of every provider, sent to all others.")
    parser.add_argument("--every", type=int, default=1, help="take each n-th recording")
    parser.add_argument("--cuts", type=int, default=3, help="how often each stream is cut off")
    parser.add_argument("--only", default="", help="only names that have this in them")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    found: collections.Counter[str] = collections.Counter()
    count = total = 0
    kinds: dict[str, list[str]] = collections.defaultdict(list)
    with Judge() as judge:
        for answer in answers(options.every, options.cuts):
            if options.only not in answer.name:
                continue
            count += 1
            for target in TARGETS:
                total += 1
                for fault in faults(answer, judge, target):
                    found[target] += 1
                    kinds[f"{target}: {fault}"].append(answer.name)
    for fault, names in sorted(kinds.items(), key=lambda kind: -len(kind[1])):
        print(f"{len(names):5} {fault}\n      {names[0]}")
    seconds = time.monotonic() - begun
    print(f"{count} answers, {total} requests, {sum(found.values())} faults, {seconds:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
