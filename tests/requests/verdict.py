"""What becomes of a thing that is said to a provider: sent, told, refused, or lost."""

from __future__ import annotations

import warnings
from typing import Any
from urllib.parse import urlsplit

import msgspec
from chimeric_dialects import (
    AzureChat,
    ChatCompletions,
    Cohere,
    Converse,
    Dialect,
    Gemini,
    Interactions,
    InvokeClaude,
    Messages,
    Ollama,
    Prompt,
    Request,
    Responses,
)
from chimeric_sim.service import SimulatedService, route
from chimeric_testing import Reply, play, prepare
from chimeric_testing.play import asked_for
from chimeric_testing.saying import Leaf, Said, lost, meaning, shown

from chimeric import Chimeric, ChimericError, TranslationWarning, WireRequest

from .refusals import refusals
from .served import PATHS, PROVIDERS, settings_of

__all__ = ["MODELS", "Judge", "Verdict"]

MODELS: dict[str, str] = {
    **PROVIDERS,
    "openai-chat": "openai:gpt-4.1",
    "openai-reasoning": "openai:gpt-5.4",
    "anthropic-new": "anthropic:claude-opus-4-8",
    "google-3": "google:gemini-3-flash-preview",
    "bedrock-invoke": "bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock-nova": "bedrock:us.amazon.nova-micro-v1:0",
    "cohere-reasoning": "cohere:command-a-reasoning-08-2025",
    "deepseek": "deepseek:deepseek-chat",
    "grok": "grok:grok-4",
    "grok-chat": "grok:grok-4.3",
    "cerebras": "cerebras:gpt-oss-120b",
    "openrouter-claude": "openrouter:anthropic/claude-sonnet-4.6",
    "azure": "azure:gpt-4o",
    "fireworks": "fireworks:accounts/fireworks/models/glm-5p3",
    "moonshot": "moonshot:kimi-k3",
    "together": "together:openai/gpt-oss-120b",
    "zai": "zai:glm-5.3",
}
"""A model of each provider, and of families that differ in what they take."""

OPTIONS: dict[str, dict[str, Any]] = {
    **{name: {"api": "chat_completions"} for name in ("openai-chat", "grok-chat")},
    "bedrock-invoke": {"api": "invoke"},
}
PLACES = {
    "azure": "/azure",
    "cerebras": "/cerebras",
    "deepseek": "/deepseek",
    "fireworks": "/fireworks/inference/v1",
    "grok": "/xai/v1",
    "moonshot": "/moonshot/v1",
    "openrouter": "/api/v1",
    "together": "/together/v1",
    "zai": "/zai/api/paas/v4",
}
"""Where the simulator is as strict as the service."""

DIALECTS: tuple[Dialect, ...] = (
    AzureChat(),
    Gemini(),
    Interactions(),
    Converse(),
    InvokeClaude(),
    ChatCompletions(),
    Responses(),
    Messages(),
    Cohere(),
    Ollama(),
)
STOPS_UNKNOWN = (
    "compatible",
    "mistral",
    "openrouter",
    "deepseek",
    "grok",
    "fireworks",
    "moonshot",
    "perplexity",
    "together",
    "zai",
)
"""The simulator takes at most four stop sequences from everybody; of these nobody says so."""

MODELS["chat"] = "compatible:gpt-oss-120b"
"""The simulator knows the names of real models alone."""


class Verdict(msgspec.Struct):
    """What became of it.

    Attributes:
        faults: what went wrong, one sentence each.
        told: the warnings.
        refused: the error that was raised before anything was sent, or None.
        body: what was sent.
    """

    faults: list[str]
    told: list[str] = []
    refused: str | None = None
    body: bytes = b""


class Judge:
    """Asks one provider, without a socket, and lets the simulator judge what would be sent."""

    def __init__(self, name: str) -> None:
        self.model = MODELS[name]
        provider = self.model.partition(":")[0]
        self._stops_unknown = provider in STOPS_UNKNOWN
        self.options = OPTIONS.get(name, {})
        self._service = SimulatedService()
        url = "http://127.0.0.1:9" + PLACES.get(provider, PATHS.get(provider, "/v1"))
        key = "AKIDEXAMPLE:secret" if provider == "bedrock" else "key-of-a-test"
        self.client = Chimeric(**settings_of(provider, url, key), max_retries=0)

    def sign(self, kind: str, text: str) -> str:
        """A signature of a thought that the simulator takes for its own."""
        return self._service.signer.sign(kind, text)

    def refuses(self, said: Said) -> bool:
        """Whether nothing would be sent of it; the service is not asked."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                call = prepare(
                    self.client, self.model, stream=False, **said.arguments(), **self.options
                )
                return not asked_for(call).requests
            except ChimericError:
                return True

    def __call__(self, said: Said) -> Verdict:
        """What becomes of it."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                call = prepare(
                    self.client, self.model, stream=False, **said.arguments(), **self.options
                )
                played = play(call, [Reply((b"",), 500)])
            except ChimericError as error:
                return Verdict([], refused=f"{type(error).__name__}: {error}")
            except Exception as error:
                return Verdict([f"{type(error).__name__} is raised: {error}"])
        told = [str(w.message) for w in caught if w.category is TranslationWarning]
        others = [f"{w.category.__name__}: {w.message}" for w in caught]
        if not played.requests:
            return Verdict([], told, f"{type(played.error).__name__}: {played.error}")
        wire = played.requests[0]
        faults = lost(said, wire.body, told) + self._service_says(said, wire, told)
        if self.model.startswith("anthropic:"):
            faults += _blocks_moved(said, wire.body.decode())
        faults += [text for text in others if not text.startswith("TranslationWarning")]
        return Verdict(faults, told, body=wire.body)

    def _service_says(self, said: Said, wire: WireRequest, told: list[str]) -> list[str]:
        if said.open:
            return []
        where = urlsplit(wire.url)
        target = where.path + (f"?{where.query}" if where.query else "")
        request = Request("POST", target, dict(wire.headers), wire.body)
        reply = route(request, self._service)
        if reply.status >= 300 and b"Invalid 'stop'" in reply.body and self._stops_unknown:
            return []
        if reply.status >= 300:
            return [f"the service refuses: {reply.status} {_words(reply.body)}"]
        if found := refusals(self.model, request.json()):
            return [f"the service refuses: {sentence}" for sentence in found]
        dialect = next(d for d in DIALECTS if d.serves(request))
        return misunderstood(said, dialect.read(request, self._service), " ".join(told).lower())


def _words(body: bytes) -> str:
    """What an error says, wherever its protocol has it."""
    told: Any = msgspec.json.decode(body)
    while isinstance(told, dict):
        told = told.get("error") or told.get("message") or told.get("detail") or str(told)
    return str(told)


def misunderstood(said: Said, prompt: Prompt, told: str) -> list[str]:
    """What the service takes for something else than it was."""
    leaves = said.present()
    return [
        *_roles(leaves, prompt, told),
        *_results(leaves, prompt, told),
        *_choice(said, prompt, told),
        *_limits(said, prompt, told),
    ]


def _blocks_moved(said: Said, body: str) -> list[str]:
    """Blocks of the model's turns in another order, where the protocol has any."""
    text = shown(said.messages)
    kinds = ("text", "argument", "thought")
    leaves = [leaf for leaf in said.present() if leaf.kind in kinds and leaf.role != "user"]
    marks = [leaf.mark for leaf in leaves if leaf.role in ("", "assistant")]
    order = sorted((mark for mark in marks if mark in body), key=text.index)
    places = [body.index(mark) for mark in order]
    return [] if places == sorted(places) else ["the blocks of the model are out of order"]


def _roles(leaves: list[Leaf], prompt: Prompt, told: str) -> list[str]:
    faults: list[str] = []
    for leaf in leaves:
        if leaf.kind != "text" or not leaf.role:
            continue
        roles = {turn.role for turn in prompt.turns if leaf.mark in turn.text}
        if roles - {leaf.role} and "system" not in told:
            faults.append(f"{leaf.mark!r} of the {leaf.role} is said by {', '.join(roles)}")
    return faults


def _results(leaves: list[Leaf], prompt: Prompt, told: str) -> list[str]:
    """Results that answer another call than theirs."""
    calls = [call for turn in prompt.turns for call in turn.calls]
    results = [result for turn in prompt.turns for result in turn.results]
    made: dict[int, str] = {}
    for leaf in leaves:
        if leaf.kind == "argument":
            for call in calls:
                if leaf.mark in call.arguments:
                    made[leaf.call] = call.id
    faults: list[str] = []
    for leaf in leaves:
        answered = {r.id for r in results if leaf.kind == "result" and leaf.mark in r.text}
        if answered and made.get(leaf.call) not in answered and made.get(leaf.call):
            faults.append(f"{leaf.mark!r} answers {answered}, not {made[leaf.call]!r}")
    return faults


def _choice(said: Said, prompt: Prompt, told: str) -> list[str]:
    given = said.params.get("tool_choice")
    wanted = None if given is None else meaning(given)
    if wanted is None or not said.tools or prompt.choice == wanted or "choice" in told:
        return []
    if wanted == "none" and not prompt.tools:
        return []
    if wanted == "required" and prompt.choice in [tool.name for tool in prompt.tools]:
        return [] if len(prompt.tools) == 1 else [f"the choice {given!r} became {prompt.choice!r}"]
    if prompt.choice == "required" and [tool.name for tool in prompt.tools] == [wanted]:
        return []
    return [] if "forc" in told else [f"the choice {given!r} became {prompt.choice!r}"]


def _limits(said: Said, prompt: Prompt, told: str) -> list[str]:
    faults: list[str] = []
    if "stop" in said.params and "stop" not in told:
        stop = said.params["stop"]
        wanted = (stop,) if isinstance(stop, str) else tuple(stop)
        if set(prompt.stop) != set(wanted):
            faults.append(f"stop {wanted} became {prompt.stop}")
    for name in ("max_tokens", "seed"):
        if name in said.params and name not in told and "tokens" not in told:
            found = getattr(prompt, name)
            if found is not None and found != said.params[name]:
                faults.append(f"{name} {said.params[name]} became {found}")
    choice = said.params.get("tool_choice")
    one_call = isinstance(choice, dict) and choice.get("disable_parallel_tool_use")
    one_call = said.params.get("parallel_tool_calls") is False or one_call
    if one_call and said.tools and prompt.tools:
        told_so = "parallel" in told or "disable_parallel_tool_use" in repr(prompt.body)
        if prompt.parallel and prompt.choice != "none" and not told_so:
            faults.append("parallel_tool_calls=False is lost")
    return faults
