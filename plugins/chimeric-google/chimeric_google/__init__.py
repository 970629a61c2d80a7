"""Google Gemini (``generateContent``, and the Interactions API) as a Chimeric provider.

This module only declares; what reads and writes the wire is imported at the first call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric import Capabilities, ConfigurationError, Provider, hookimpl

from .interactions.names import PARAMS as INTERACTIONS
from .interactions.names import speaks_interactions

if TYPE_CHECKING:
    from chimeric import (
        Delta,
        ErrorInfo,
        Event,
        HTTPRequest,
        HTTPResponse,
        Message,
        ModelPage,
        ProviderConfig,
        Request,
    )

    from .interactions.answers.answer import Answer as Interaction
    from .parser import Answer


def _state(request: Request) -> Answer | Interaction:
    if speaks_interactions(request.model, request.options):
        from .interactions.answers.answer import Answer as Interaction

        if request.extra_body.get("background", request.extra.get("background")):
            from .interactions.answers.followed import Followed

            return Followed()
        return Interaction()
    from .parser import Answer

    return Answer(request)


PARAMS = (
    *("audio_timestamp", "audioTimestamp", "audio_transcription_config"),
    *("audioTranscriptionConfig", "cached_content", "cachedContent", "candidate_count"),
    *("candidateCount", "contents", "enable_affective_dialog", "enableAffectiveDialog"),
    *("enable_enhanced_civic_answers", "enableEnhancedCivicAnswers", "frequency_penalty"),
    *("frequencyPenalty", "generation_config", "generationConfig", "image_config"),
    *("imageConfig", "labels", "max_output_tokens", "maxOutputTokens", "media_resolution"),
    *("mediaResolution", "model_armor_config", "modelArmorConfig", "presence_penalty"),
    *("presencePenalty", "response_json_schema", "responseJsonSchema", "response_logprobs"),
    *("responseLogprobs", "response_mime_type", "responseMimeType", "response_modalities"),
    *("responseModalities", "response_schema", "responseSchema", "routing_config"),
    *("routingConfig", "safety_settings", "safetySettings", "service_tier", "serviceTier"),
    *("speech_config", "speechConfig", "stop_sequences", "stopSequences", "store"),
    *("system_instruction", "systemInstruction", "thinking_config", "thinkingConfig"),
    *("tool_config", "toolConfig", "top_k", "topK", "top_p", "topP", "user"),
)
"""Names of ``generateContent``, as its JSON and as its Python SDK write them."""


def _read_dict(kind: str, value: Mapping[str, Any], before: tuple[Message, ...]) -> Any:
    from .forms import read_dict
    from .interactions.forms import read_dict as read_step

    found = read_step(kind, value, before) if "type" in value else None
    return read_dict(kind, value, before) if found is None else found


APIS = ("generate_content", "interactions")

ELSEWHERE = ("responses", "chat_completions")
"""What a client may be told for all of its providers, meaning others."""

chimeric_api = (2, 2)


@hookimpl
def chimeric_provider() -> Provider:
    return Provider(
        name="google",
        aliases=("gemini",),
        base_url="https://generativelanguage.googleapis.com/v1beta",
        key_env=("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        base_url_env=("GOOGLE_GEMINI_BASE_URL",),
        version_paths=("/v1beta", "/v1"),
        auth_header="x-goog-api-key",
        auth_scheme="",
        models=(
            "gemini-*",
            "gemma-*",
            "learnlm-*",
            "nano-banana-*",
            "models/*",
            "tunedModels/*",
        ),
        framing="gemini",
        options=("api",),
        state=_state,
        read_dict=_read_dict,
        params=(*PARAMS, *INTERACTIONS),
        capabilities=Capabilities(
            images=True,
            files=True,
            audio=True,
            reasoning=True,
            structured_output=True,
            citations=True,
        ),
    )


@hookimpl
def chimeric_framings() -> Mapping[str, Callable[..., Any]]:
    return {"gemini": _gemini_framer, "json-array": _array_framer}


def _gemini_framer(*limit: int) -> Any:
    from .framing import GeminiFramer

    return GeminiFramer(*limit)


def _array_framer(*limit: int) -> Any:
    from .framing import JSONArrayFramer

    return JSONArrayFramer(*limit)


@hookimpl
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    if speaks_interactions(request.model, request.options):
        from .interactions.request import build_interaction

        return build_interaction(request, provider)
    from chimeric_google.request import build_request

    api = request.options.get("api") or APIS[0]
    if api in APIS:
        return build_request(request, provider)
    if api not in ELSEWHERE:
        raise ConfigurationError(f"google has no api {api!r}; use one of {', '.join(APIS)}")
    http = build_request(request, provider)
    told = f"google has no api {api!r}: {APIS[0]} is asked"
    return msgspec.structs.replace(http, dropped=(*http.dropped, told))


@hookimpl
def chimeric_parse_event(
    event: Event, state: Answer | Interaction
) -> Delta | list[Delta] | str | None:
    return state.parse(event)


@hookimpl
def chimeric_parse_response(
    response: HTTPResponse, state: Answer | Interaction
) -> Delta | list[Delta]:
    return state.parse_whole(response.body)


@hookimpl
def chimeric_resume_request(
    request: Request, state: Any, provider: ProviderConfig
) -> HTTPRequest | None:
    if not speaks_interactions(request.model, request.options):
        return None
    from .interactions.request import resume

    return resume(request, state, provider)


@hookimpl
def chimeric_parse_error(response: HTTPResponse) -> ErrorInfo | None:
    from .errors import read_error

    return read_error(response.json())


@hookimpl
def chimeric_native_event(event: Event, state: Any) -> Any:
    from .native import decode

    if state is None or not hasattr(state, "decode_native"):
        return decode(event.data)
    return state.decode_native(event.data)


@hookimpl
def chimeric_list_models(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    from .models import list_models

    return list_models(provider, cursor)


@hookimpl
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest:
    from .models import model_request

    return model_request(provider, model)


@hookimpl
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    from .models import parse_models

    return parse_models(response, provider)


@hookimpl
def chimeric_count_tokens(http: HTTPRequest, request: Request) -> HTTPRequest:
    if speaks_interactions(request.model, request.options):
        raise ConfigurationError("tokens are counted with api='generate_content' only")
    from chimeric_google.request import count_request

    return count_request(http, request)


@hookimpl
def chimeric_parse_count(response: HTTPResponse) -> int:
    from chimeric_google.request import read_count

    return read_count(response)
