"""Judges of services that follow OpenAI's forms: by their own SDK, or by OpenAI's types."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NotRequired

from typing_extensions import TypedDict

from .strict import Oracle, Strict

__all__ = ["FOLLOWERS", "UNREAD"]

UNREAD = ("cache_control", "citations", "context", "defer_loading", "input_examples", "zz_key")
"""Keys of messages, parts and tools in the cases that only other services have.

Nobody wrote down which keys servers of open models take there: what a caller says is sent.
"""


def chat_completions() -> Oracle:
    from openai.types.chat.completion_create_params import CompletionCreateParams

    return Strict(CompletionCreateParams)


def responses() -> Oracle:
    from openai.types.responses.response_create_params import ResponseCreateParams

    return Strict(ResponseCreateParams)


def responses_of_xai() -> Oracle:
    """Of a function OpenAI's type wants ``strict``, which xAI does not know.

    What xAI's own tools did goes back as it came, and lacks fields that OpenAI's have.
    """
    judge = responses()

    def judged(body: Any) -> list[str]:
        said, wrong = dict(body), list[str]()
        if tools := said.get("tools"):
            wrong = [f"tools: strict in {tool}" for tool in tools if "strict" in tool]
            functions = [{**t, "strict": None} if t["type"] == "function" else t for t in tools]
            said["tools"] = functions
        if isinstance(said["input"], list):
            kinds = [str(item.get("type")) for item in said["input"]]
            own = [kind.endswith("_call") and kind not in CALLS for kind in kinds]
            said["input"] = [i for i, o in zip(said["input"], own, strict=True) if not o]
        return wrong + judge(said)

    return judged


def responses_of_azure() -> Oracle:
    """A message that goes back has a ``status`` in OpenAI's type, and must have none at Azure."""
    judge = responses()

    def judged(body: Any) -> list[str]:
        said: Any = body["input"]
        if not isinstance(said, list):
            return judge(body)
        told = [item for item in said if item.get("type") == "message"]
        wrong = ["input: status in a message" for item in told if "status" in item]
        items = [
            {**item, "status": "completed"} if item in told and "id" in item else item
            for item in said
        ]
        return wrong + judge({**body, "input": items})

    return judged


def openrouter() -> Oracle:
    from openrouter.components import ChatRequest

    return Strict(ChatRequest)


def perplexity() -> Oracle:
    from perplexity.types.chat.completion_create_params import CompletionCreateParams

    return Strict(CompletionCreateParams)


def fireworks() -> Oracle:
    from fireworks.types.chat.completion_create_params import CompletionCreateParams

    return Strict(CompletionCreateParams)


def zai() -> Oracle:
    """The SDK's method has the keys of a body; messages, tools and formats it passes on unread."""
    from zai.api_resource.chat import completions

    own = inspect.signature(completions.Completions.create).parameters
    keys: dict[str, Any] = {
        name: NotRequired[Any]
        for name in own
        if name not in ("self", "extra_headers", "extra_body", "timeout")
    }
    outside = Strict(TypedDict("ZaiChat", keys))  # type: ignore[operator]
    inside = open_form()
    shared = ("model", "messages", "tools", "tool_choice", "response_format", "stream")

    def judged(body: Any) -> list[str]:
        return outside(body) + inside({k: v for k, v in body.items() if k in shared})

    return judged


def open_form() -> Oracle:
    """OpenAI's types, with other keys of messages, parts and tools."""
    judge = chat_completions()
    return lambda body: judge(read(body))


def read(value: Any) -> Any:
    """A body without what nobody reads."""
    if isinstance(value, dict):
        return {k: read(v) for k, v in value.items() if k not in UNREAD}
    return [read(item) for item in value] if isinstance(value, list) else value


CALLS = ("function_call", "custom_tool_call")

FOLLOWERS: dict[str, Callable[[], Oracle]] = {
    "azure": chat_completions,
    "azure-responses": responses_of_azure,
    "dashscope": open_form,
    "deepseek": chat_completions,
    "fireworks": fireworks,
    "grok": responses_of_xai,
    "grok-chat": chat_completions,
    "huggingface": open_form,
    "moonshot": open_form,
    "nvidia": open_form,
    "openrouter": openrouter,
    "perplexity": perplexity,
    "together": open_form,
    "vertex-chat": open_form,
    "zai": zai,
}
"""DeepSeek and xAI have no SDK of this protocol; Hugging Face's type is that of a single server
(tool results have no call in it), Together's that of its answers (calls have an index in it)."""
