"""A unified request as the body of an interaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chimeric_models import Asked, Takes, heard

from chimeric import ConfigurationError, HTTPRequest, ProviderConfig, Request, Tool
from chimeric_google.thinking import Generation

from .content import DETAILS
from .names import AGENT, STATEFUL
from .settings import RULES, answer_form, generation_config, lifted, renamed
from .steps import Steps, instruction
from .tools import tools_of

__all__ = ["build_interaction"]

REVISION: Final = "2026-05-20"
"""The revision of the API whose streams tell of steps; others may come from elsewhere."""


SERVICE: Final = "the Interactions API"


def build_interaction(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """The HTTP request for a new interaction.

    Conversations are sent whole, and Google is told to keep nothing (``store``), unless the caller
    says otherwise with ``store``, ``background`` or ``previous_interaction_id``.

    Raises:
        ConfigurationError: where nothing is said, for what is refused in any case, and for a whole
            answer in the background, which is none.
        ModelNotSupportedError: for a part that the API cannot carry.
    """
    dropped: list[str] = []
    generation = Generation.of(request.model)
    request = heard(request, lambda: _takes(request), dropped)
    extra = renamed(request.extra)
    given = {**extra, **request.extra_body}
    steps = Steps(generation, dropped)
    for message in request.conversation():
        steps.add(message)
    if not steps.all and not given.keys() & {"input", "continuation_token"}:
        raise ConfigurationError("Gemini needs a message besides the system message")
    if given.get("background") and not request.stream:
        raise ConfigurationError(
            "an interaction in the background has no answer yet; use stream=True, or poll it"
        )
    body: dict[str, Any] = {**_who(request, extra), "input": steps.all}
    if not steps.all:
        del body["input"]
    if request.stream:
        body["stream"] = True
    if not given.keys() & set(STATEFUL):
        body["store"] = False
    if system := instruction(request, dropped):
        body["system_instruction"] = system
    if request.tools:
        body["tools"] = tools_of(request, dropped)
    if request.parallel_tool_calls is False:
        dropped.append("Gemini has no switch against parallel tool calls")
    config = generation_config(request, generation, lifted(extra), dropped)
    body |= {**answer_form(request), **extra}
    if RULES.touch(body) or RULES.touch(config):
        RULES.keep(Asked(request.model, body, SERVICE, request.extra_body, config), dropped)
    if config:
        body["generation_config"] = config
    return HTTPRequest(
        url=f"{provider.base_url}/interactions",
        headers=_headers(request),
        body={**body, **request.extra_body},
        dropped=tuple(dropped),
    )


def resume(request: Request, state: Any, provider: ProviderConfig) -> HTTPRequest | None:
    """The request for the rest of an interaction in the background, whose stream was cut."""
    from .answers.followed import rejoin

    return rejoin(state, f"{provider.base_url}/interactions", _headers(request))


def _takes(request: Request) -> Takes:
    def only(mode: str, tools: Sequence[Tool]) -> Mapping[str, Any] | None:
        """The names are those of functions."""
        if any(tool.native is not None for tool in request.tools):
            return None
        names = [tool.name for tool in tools]
        word = "any" if mode == "required" else mode
        return {"tool_choice": {"allowed_tools": {"mode": word, "tools": names}}}

    return Takes(
        service=SERVICE,
        details=("auto", *DETAILS),
        results="next",
        stored=("previous_interaction_id", "continuation_token"),
        allowed=only,
    )


def _who(request: Request, extra: dict[str, Any]) -> dict[str, Any]:
    """The model, or the agent."""
    if "agent" in extra:
        return {"agent": extra.pop("agent")}
    name = request.model.removeprefix("models/")
    return {"agent" if AGENT.match(name) else "model": name}


def _headers(request: Request) -> dict[str, str]:
    accept = {"accept": "text/event-stream"} if request.stream else {}
    return {"api-revision": REVISION, **accept}
