"""A unified request as a ``generateContent`` body."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from chimeric_models import Takes, check_format, check_tool, heard

from chimeric import (
    ConfigurationError,
    HTTPRequest,
    HTTPResponse,
    ProviderConfig,
    Request,
    Tool,
    ToolName,
    own_keys,
    quote_segment,
)

from .combinations import keep_rules
from .contents import RESOLUTIONS, Contents, system_parts
from .parser import Answer
from .thinking import Generation, thinking_config

GENERATION_FIELDS = frozenset(
    (
        "audioTimestamp",
        "candidateCount",
        "continuationToken",
        "enableAffectiveDialog",
        "enableEnhancedCivicAnswers",
        "frequencyPenalty",
        "imageConfig",
        "logprobs",
        "maxOutputTokens",
        "mediaResolution",
        "presencePenalty",
        "responseJsonSchema",
        "responseLogprobs",
        "responseMimeType",
        "responseModalities",
        "responseSchema",
        "routingConfig",
        "seed",
        "speechConfig",
        "stopSequences",
        "temperature",
        "thinkingConfig",
        "topK",
        "topP",
    )
)
"""Parameters that the API wants inside ``generationConfig``."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")

DECLARATION_KEYS = ("behavior", "response", "responseJsonSchema")
"""What a function of Gemini's own form may have besides."""

NAMED = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
"""Keywords of a JSON schema whose keys are names and no keywords."""


def build_request(request: Request, provider: ProviderConfig, api: str = Answer.api) -> HTTPRequest:
    """The HTTP request for ``generateContent`` or its stream.

    ``api`` names the service whose signatures it can read: the Developer API, or Vertex AI.
    """
    dropped: list[str] = []
    generation = Generation.of(request.model)
    request = heard(request, lambda: _takes(request, generation), dropped)
    contents = Contents(generation, dropped, api)
    for message in request.conversation():
        contents.add(message)
    body: dict[str, Any] = {"contents": contents.finish()}
    if not body["contents"] and "contents" not in {**request.extra, **request.extra_body}:
        raise ConfigurationError("Gemini needs a message besides the system message")
    if system := system_parts(request.messages, dropped):
        body["systemInstruction"] = {"parts": system}
    body.update(_tools(request, generation))
    if request.parallel_tool_calls is False:
        dropped.append("Gemini has no switch against parallel tool calls")
    extra = dict(request.extra)
    config = overlaid(
        _generation_config(request, generation, dropped), _logprobs(_lift(extra)), dropped
    )
    body.update(extra)
    keep_rules(request, generation, body, config, dropped)
    if config:
        body["generationConfig"] = config
    return HTTPRequest(
        url=f"{provider.base_url}/{model_path(request.model)}:{_method(request.stream)}",
        body={**body, **request.extra_body},
        dropped=tuple(dropped),
    )


def _takes(request: Request, generation: Generation) -> Takes:
    def only(mode: str, tools: Sequence[Tool]) -> Mapping[str, Any] | None:
        """The names are for the mode ANY alone, and for functions."""
        if mode != "required" or any(tool.native is not None for tool in request.tools):
            return None
        names = [tool.name for tool in tools]
        called = {"mode": "ANY", "allowedFunctionNames": names}
        return {"toolConfig": {"functionCallingConfig": called}}

    details = tuple(RESOLUTIONS) if generation.at_least(3) else ()
    return Takes(service="Gemini", details=details, results="turn", allowed=only)


def count_request(http: HTTPRequest, request: Request) -> HTTPRequest:
    """The request of ``countTokens`` for what another one asks, tools and system prompt too."""
    body = cast("Mapping[str, Any]", http.body)
    asked = {"model": model_path(request.model), **body}
    url = http.url.removesuffix(_method(request.stream)) + "countTokens"
    return HTTPRequest(url=url, headers=http.headers, body={"generateContentRequest": asked})


class Count(msgspec.Struct, rename="camel"):
    """The reply of ``countTokens``."""

    total_tokens: int


def read_count(response: HTTPResponse) -> int:
    """The number of tokens."""
    return msgspec.json.decode(response.body, type=Count).total_tokens


def model_path(model: str) -> str:
    """The path of a model; ``tunedModels/x`` stays what it is, a bare name is one of ``models``.

    Example:
        >>> model_path("gemini-3.8-flash")
        'models/gemini-3.8-flash'
    """
    kind, slash, name = model.partition("/")
    if slash and kind in ("models", "tunedModels"):
        return f"{kind}/{quote_segment(name)}"
    return f"models/{quote_segment(model)}"


def _method(stream: bool) -> str:
    # Without alt=sse the stream is one JSON array.
    return "streamGenerateContent?alt=sse" if stream else "generateContent"


def _lift(extra: dict[str, Any]) -> dict[str, Any]:
    """Take out of ``extra`` what belongs into ``generationConfig``."""
    config: dict[str, Any] = {}
    for name in ("generationConfig", "generation_config"):
        if isinstance(extra.get(name), Mapping):
            config.update(extra.pop(name))
    for name in [name for name in extra if _camel(name) in GENERATION_FIELDS]:
        config[_camel(name)] = extra.pop(name)
    return config


def overlaid(unified: dict[str, Any], own: dict[str, Any], dropped: list[str]) -> dict[str, Any]:
    """The generation config; what the caller gave under Gemini's own name holds."""
    dropped += [
        f"{name} was given twice, as {unified[name]!r} and as {value!r}: the second is sent"
        for name, value in own.items()
        if name in unified and unified[name] != value
    ]
    return {**unified, **own}


def _logprobs(config: dict[str, Any]) -> dict[str, Any]:
    """Say what is wanted: the switch, and apart from it the number of alternatives."""
    asked = config.pop("logprobs", None)
    if asked is None or asked is False:
        return config
    config.setdefault("responseLogprobs", True)
    return config if asked is True else {**config, "logprobs": asked}


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)


def _generation_config(
    request: Request, generation: Generation, dropped: list[str]
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "temperature": request.temperature,
        "topP": request.top_p,
        "maxOutputTokens": request.max_tokens,
        "stopSequences": list(request.stop) or None,
        "seed": request.seed,
        "thinkingConfig": thinking_config(request.reasoning_effort, generation, dropped),
    }
    form = request.response_format
    if form is not None and form.kind != "text":
        told["responseMimeType"] = "application/json"
        if form.kind == "json_schema" and form.schema is not None:
            check_format(form.schema)
            told["responseJsonSchema"] = clean_schema(form.schema)
    return {name: value for name, value in told.items() if value is not None}


def _tools(request: Request, generation: Generation) -> dict[str, Any]:
    functions = [_declaration(tool) for tool in request.tools if tool.native is None]
    native = [dict(tool.native) for tool in request.tools if tool.native is not None]
    if not functions and not native:
        return {}
    tools = [{"functionDeclarations": functions}] if functions else []
    config: dict[str, Any] = {}
    if functions:
        choice = _calling_config(request)
        if choice:
            config["functionCallingConfig"] = choice
        if native and generation.at_least(3):
            # Gemini 3 mixes both kinds only when it may tell of its own calls.
            config["includeServerSideToolInvocations"] = True
    return {"tools": tools + native, **({"toolConfig": config} if config else {})}


def _declaration(tool: Tool) -> dict[str, Any]:
    return declared(tool, DECLARATION_KEYS, "parametersJsonSchema")


def declared(tool: Tool, keys: Sequence[str], schema: str) -> dict[str, Any]:
    """A function as Gemini is offered it.

    Args:
        tool: the function.
        keys: names of its ``extra`` that the API knows.
        schema: the API's name of the schema.

    Raises:
        ConfigurationError: for a name or a schema that is refused.
    """
    if NAME.fullmatch(tool.name) is None:
        raise ConfigurationError(
            f"Gemini takes no tool named {tool.name!r}: a name begins with a letter or '_', then "
            "come at most 127 letters, digits, '_', '.', ':' and '-'"
        )
    check_tool(tool)
    declaration: dict[str, Any] = {"name": tool.name, **own_keys(tool.extra, keys)}
    if tool.description:
        declaration["description"] = tool.description
    # An object schema without properties is refused by older models: leave it out.
    if tool.parameters.get("properties") or set(tool.parameters) - {
        "type",
        "properties",
        "required",
        "additionalProperties",
    }:
        declaration[schema] = clean_schema(tool.parameters)
    return declaration


def _calling_config(request: Request) -> dict[str, Any]:
    match request.tool_choice:
        case ToolName(name=name):
            return {"mode": "ANY", "allowedFunctionNames": [name]}
        case "required":
            return {"mode": "ANY"}
        case "none":
            return {"mode": "NONE"}
        case choice:
            # Calls are checked against their schemas for all tools of a request or for none.
            if any(tool.strict for tool in request.tools):
                return {"mode": "VALIDATED"}
            return {"mode": "AUTO"} if choice == "auto" else {}


def clean_schema(schema: Any) -> Any:
    """A JSON schema without what the API refuses: ``$schema`` goes, ``const`` is a choice of one.

    Raises:
        ConfigurationError: for one that is too deep to be read.

    Example:
        >>> clean_schema({"$schema": "x", "properties": {"const": {"const": 1}}})
        {'properties': {'const': {'enum': [1]}}}
    """
    try:
        return _cleaned(schema)
    except RecursionError:
        raise ConfigurationError("a schema contains itself or is too deep") from None


def _cleaned(schema: Any) -> Any:
    if isinstance(schema, (list, tuple)):
        return [_cleaned(item) for item in cast("list[Any]", schema)]
    if not isinstance(schema, Mapping):
        return schema
    cleaned: dict[str, Any] = {}
    for keyword, value in cast("Mapping[str, Any]", schema).items():
        if keyword == "$schema":
            continue
        if keyword == "const":
            cleaned["enum"] = [value]
        elif keyword in NAMED and isinstance(value, Mapping):
            named = cast("Mapping[str, Any]", value)
            cleaned[keyword] = {name: _cleaned(inner) for name, inner in named.items()}
        elif keyword in ("enum", "default", "examples", "example", "required"):
            cleaned[keyword] = value
        else:
            cleaned[keyword] = _cleaned(value)
    return cleaned
