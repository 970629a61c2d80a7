"""What a service takes and the types of its SDK do not have: few things, each with its source."""

from __future__ import annotations

from typing import Any

import msgspec

from .strict import Oracle

__all__ = ["LAGS", "Lag", "beside"]


class Lag(msgspec.Struct, frozen=True):
    """A key of a body that an SDK has no place for.

    Attributes:
        path: where it stands; ``*`` is each item of a list.
        source: who says that the service takes it.
        example: a body that has it, and is nothing but right.
    """

    path: tuple[str, ...]
    source: str
    example: dict[str, Any]


ASKED = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
USAGE = {"stream": True, "stream_options": {"include_usage": True}}
REASONING = {
    "enabled": {"enabled": True},
    "exclude": {"exclude": True},
    "max_tokens": {"max_tokens": 2000},
}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def field(name: str, value: Any, source: str, **more: Any) -> Lag:
    """A field of the body."""
    return Lag((name,), source, {**ASKED, name: value, **more})


def thoughts(source: str) -> Lag:
    """The reasoning of an answer that goes back."""
    answer = {"role": "assistant", "content": "", "tool_calls": [CALL]}
    result = {"role": "tool", "tool_call_id": "c1", "content": "1"}
    said = [*ASKED["messages"], {**answer, "reasoning_content": "Hm"}, result]
    return Lag(("messages", "*", "reasoning_content"), source, {**ASKED, "messages": said})


def picture(source: str) -> Lag:
    """How closely a picture is looked at."""
    url = {"url": "https://a.example/x.png", "detail": "low"}
    said = [{"role": "user", "content": [{"type": "image_url", "image_url": url}]}]
    path = ("messages", "*", "content", "*", "image_url", "detail")
    return Lag(path, source, {**ASKED, "messages": said})


LAGS: dict[str, tuple[Lag, ...]] = {
    "dashscope": (
        field("enable_thinking", True, "Vercel AI SDK, its package for Alibaba"),
        thoughts("recordings of the service"),
    ),
    "deepseek": (
        field("thinking", {"type": "disabled"}, "DeepSeek's guide to the thinking mode"),
        thoughts("the same: a turn with calls is a 400 without it"),
        Lag(
            ("messages", "*", "prefix"),
            "DeepSeek's guide to chat prefix completion",
            {
                **ASKED,
                "messages": [{"role": "assistant", "content": "Sure", "prefix": True}],
            },
        ),
    ),
    "fireworks": (Lag(("stream_options",), "any-llm and the Vercel AI SDK", {**ASKED, **USAGE}),),
    "grok": tuple(
        Lag(
            (name,),
            "xAI's SDK has it for its models, over gRPC",
            {"model": "m", "input": "Hi", name: 0.5},
        )
        for name in ("frequency_penalty", "presence_penalty")
    ),
    "groq": (
        Lag(
            ("stream_options",),
            "the reference of its chunks: usage comes where stream_options.include_usage is set",
            {**ASKED, **USAGE},
        ),
    ),
    "moonshot": (
        field("thinking", {"type": "enabled"}, "pydantic-ai, of kimi-k2.5 and kimi-k2.6"),
        thoughts("LiteLLM: a turn with calls is refused without it"),
    ),
    "nvidia": (
        field("chat_template_kwargs", {"thinking": True}, "NVIDIA's page on reasoning models"),
        thoughts("it sends reasoning under this name"),
    ),
    "openrouter": (
        field("audio", {"voice": "alloy", "format": "wav"}, "OpenRouter's guide to sound"),
        field("n", 1, "what every service does; another number is refused before it is sent"),
        *(
            Lag(("reasoning", key), "OpenRouter's guide to reasoning", {**ASKED, "reasoning": said})
            for key, said in REASONING.items()
        ),
        field("verbosity", "low", "OpenRouter's page on parameters"),
        field("web_search_options", {}, "OpenRouter's guide to web search"),
    ),
    "perplexity": (
        field("max_completion_tokens", 9, "LiteLLM: accepted"),
        picture("OpenAI's form, which its guide to pictures refers to"),
    ),
    "together": (
        field("reasoning", {"enabled": False}, "LiteLLM; the request type of Together's SDK"),
        field("logprobs", 2, "the request type of Together's SDK: a number"),
        thoughts("LiteLLM keeps it in what goes back"),
    ),
    "zai": (
        Lag(("stream_options",), "LiteLLM", {**ASKED, **USAGE}),
        thoughts("recordings of the service"),
    ),
}


def beside(oracle: Oracle, lags: tuple[Lag, ...]) -> Oracle:
    """The oracle, asked about what is left of a body without the keys of these."""
    if not lags:
        return oracle

    def asked(body: Any) -> list[str]:
        for lag in lags:
            body = without(body, lag.path)
        return oracle(body)

    return asked


def without(value: Any, path: tuple[str, ...]) -> Any:
    """The value without the key at the end of a path; the given one is kept."""
    step, rest = path[0], path[1:]
    if step == "*":
        return [without(item, rest) for item in value] if isinstance(value, list) else value
    if not isinstance(value, dict) or step not in value:
        return value
    left = {key: inner for key, inner in value.items() if key != step or rest}
    return {**left, step: without(value[step], rest)} if rest else left
