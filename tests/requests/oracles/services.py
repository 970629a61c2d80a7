"""Who judges the request of which provider. A judge is made when it is first asked for."""

from __future__ import annotations

import copy
import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any, NotRequired

from chimeric_testing import SeenRequest
from typing_extensions import TypedDict

from .converse import Converse
from .followers import FOLLOWERS, chat_completions, responses
from .gemini import Gemini
from .lags import LAGS, beside
from .strict import Oracle, Strict

__all__ = ["ORACLES", "judged", "judged_again", "oracle_of", "service_of"]


def messages() -> Oracle:
    from anthropic.types.message_create_params import MessageCreateParams

    return Strict(MessageCreateParams)


def sampled_messages() -> Oracle:
    """``temperature``, ``top_p`` and ``top_k`` left the types with version 2026-10-21 of the API;

    with 2023-06-01, which we ask for then, the service takes them as before.
    """
    judge = messages()
    return lambda body: judge({k: v for k, v in body.items() if k not in SAMPLING})


def messages_of_the_beta() -> Oracle:
    from anthropic.types.beta.message_create_params import MessageCreateParams

    return Strict(MessageCreateParams)


def messages_of_vertex() -> Oracle:
    """The model stands in the path, and the version in the body (the SDK's ``lib/vertex``)."""
    judge, beta = sampled_messages(), messages_of_the_beta()

    def judged(body: Any) -> list[str]:
        said = {k: v for k, v in body.items() if k not in ("anthropic_version", "anthropic_beta")}
        wrong = [key for key in ("model",) if key in body]
        wrong += [] if "anthropic_version" in body else ["anthropic_version is wanted"]
        return wrong + (beta if "anthropic_beta" in body else judge)({**said, "model": "m"})

    return judged


def counted_messages() -> Oracle:
    from anthropic.types.message_count_tokens_params import MessageCountTokensParams

    return Strict(MessageCountTokensParams)


def counted_contents() -> Oracle:
    """``countTokens`` takes a whole request too, which the SDK has no parameter for.

    Source: ``GenerateContentRequest`` in the API's reference of ``models.countTokens``.
    """
    judge = Gemini()

    def counted(body: Any) -> list[str]:
        asked = dict(body["generateContentRequest"])
        named = str(asked.pop("model", "")).startswith("models/")
        return judge(asked) if named and len(body) == 1 else ["a request with its model is wanted"]

    return counted


def interactions() -> Oracle:
    """A request names a model or an agent, which are two types.

    The SDK takes any object for a form of the answer, and has a type for it that nobody asks; it
    writes ``schema_`` for the wire's ``schema``, since a pydantic model has a method of that name.
    """
    from google.genai._gaos.types import interactions as types

    forms = {
        "model": types.CreateModelInteractionParam,
        "agent": types.CreateAgentInteractionParam,
        "form": types.TextResponseFormatParam,
    }
    strict = functools.cache(lambda who: Strict(forms[who]))  # each takes seconds to build

    def judge(body: Any) -> list[str]:
        said = copy.deepcopy(body)
        who = "agent" if "agent" in said else "model"
        if isinstance(said.get(who), str):  # any name is taken: the list is open
            said[who] = KNOWN[who]
        form = said.pop("response_format", None)
        if isinstance(form, dict) and "schema" in form:
            form["schema_"] = form.pop("schema")
        return strict(who)(said) + ([] if form is None else strict("form")(form))

    return judge


KNOWN = {"model": "gemini-2.5-flash", "agent": "deep-research-preview-04-2026"}


def groq() -> Oracle:
    from groq.types.chat.completion_create_params import CompletionCreateParams

    return Strict(CompletionCreateParams)


def cerebras() -> Oracle:
    from cerebras.cloud.sdk.types.chat.completion_create_params import CompletionCreateParams

    return Strict(CompletionCreateParams)


def mistral() -> Oracle:
    from mistralai.client.models import ChatCompletionRequest, ChatCompletionStreamRequest

    streamed, whole = Strict(ChatCompletionStreamRequest), Strict(ChatCompletionRequest)
    return lambda body: (streamed if body.get("stream") else whole)(body)


def ollama() -> Oracle:
    """The SDK's picture is a model that goes as a string, and its schema has few keywords.

    Neither is a form of the wire: a picture is judged as what the model holds, and a schema is
    free-form as at all other services.
    """
    from ollama._types import ChatRequest

    strict = Strict(ChatRequest)

    def judge(body: Any) -> list[str]:
        said = copy.deepcopy(body)
        for message in said["messages"]:
            if "images" in message:
                message["images"] = [{"value": image} for image in message["images"]]
        for tool in said.get("tools", ()):
            tool["function"].pop("parameters", None)
        return strict(said)

    return judge


def cohere() -> Oracle:
    """The SDK has no type for the whole request: a method has its keys."""
    from cohere.v2 import raw_client

    method = raw_client.RawV2Client.chat
    hints = typing.get_type_hints(method, vars(raw_client), include_extras=True)
    keys: dict[str, Any] = {"stream": NotRequired[bool]}
    for name, parameter in inspect.signature(method).parameters.items():
        if name in hints and name != "request_options":
            free = parameter.default is inspect.Parameter.empty
            keys[name] = hints[name] if free else NotRequired[hints[name]]
    return Strict(TypedDict("CohereChat", keys))  # type: ignore[operator]


SAMPLING = ("temperature", "top_p", "top_k")

ORACLES: dict[str, Callable[[], Oracle]] = {
    "anthropic": messages,
    "anthropic beta": messages_of_the_beta,
    "anthropic count": counted_messages,
    "anthropic sampled": sampled_messages,
    "bedrock": Converse,
    "cerebras": cerebras,
    "chat": chat_completions,
    "cohere": cohere,
    "google": Gemini,
    "google count": counted_contents,
    "groq": groq,
    "interactions": interactions,
    "mistral": mistral,
    "ollama": ollama,
    "openai": responses,
    "vertex": lambda: Gemini(vertex=True),
    "vertex-claude": messages_of_vertex,
    **FOLLOWERS,
}


@functools.cache
def oracle_of(service: str) -> Oracle:
    """The oracle of a service, made once: building one takes up to half a second."""
    return beside(ORACLES[service](), LAGS.get(service, ()))


def service_of(provider: str, seen: SeenRequest) -> str:
    """Whose oracle is asked about a request."""
    path = seen.path.partition("?")[0]
    for end, names in BY_PATH.items():
        if end in path and provider in names:
            provider = names[provider]
    if provider != "anthropic":
        return provider
    if seen.path.endswith("/count_tokens"):
        return "anthropic count"
    if "anthropic-beta" in seen.headers:
        return "anthropic beta"
    old = seen.headers["anthropic-version"] == "2023-06-01"
    return "anthropic sampled" if old else "anthropic"


BY_PATH = {
    "/chat/completions": {
        "bedrock": "chat",
        "openai": "chat",
        "grok": "grok-chat",
        "vertex": "vertex-chat",
    },
    "/interactions": {"google": "interactions"},
    "/invoke": {"bedrock": "vertex-claude"},
    "/responses": {"azure": "azure-responses", "bedrock": "openai", "vertex": "openai"},
    "/anthropic/v1/messages": {"azure": "anthropic"},
    "/publishers/anthropic/": {"vertex": "vertex-claude"},
}
"""Providers that speak several protocols."""


def judged(provider: str, seen: SeenRequest) -> list[str]:
    """What is wrong with a request; nothing where there is no SDK to ask."""
    service = service_of(provider, seen)
    return oracle_of(service)(seen.json()) if service in ORACLES else []


BETAS = ("mcp_tool_use", "compaction")
"""Blocks of Anthropic's betas; whoever got one named the beta, and does it again."""


def judged_again(provider: str, seen: SeenRequest) -> list[str]:
    """The same of a request in which recorded answers go back."""
    found = judged(provider, seen)
    if found and any(f'"{kind}"'.encode() in seen.body for kind in BETAS):
        found = oracle_of("anthropic beta")(seen.json())
    return found
