"""A history of pydantic-ai as our messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic_ai.exceptions import UserError
from pydantic_ai.messages import (
    FilePart,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    RetryFeedbackPart,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from chimeric import ImagePart, Message, Part, ToolCall

from .media import parts_of
from .state import state_of

__all__ = ["messages_of"]

FAILED = ("failed", "retried")


def messages_of(history: Iterable[ModelMessage], instructions: Iterable[str]) -> list[Message]:
    """All messages of a request; ``instructions`` stand behind the system prompts at its start.

    Raises:
        UserError: for a part that ``Model.prepare_messages`` should have translated.
    """
    messages: list[Message] = []
    for message in history:
        if isinstance(message, ModelRequest):
            for part in message.parts:
                messages.extend(_asked(part))
        else:
            messages.extend(_answered(message))
    first = (place for place, said in enumerate(messages) if said.role != "system")
    place = next(first, len(messages))
    messages[place:place] = [Message("system", text) for text in instructions]
    return messages


def _asked(part: Any) -> Iterator[Message]:
    match part:
        case SystemPromptPart():
            yield Message("system", part.content)
        case UserPromptPart():
            yield Message("user", parts_of(part.content))
        case ToolReturnPart():
            yield _result(part)
        case RetryFeedbackPart():
            yield Message("user", part.model_response())
        case _:
            raise UserError(
                f"{type(part).__name__} is not for a model: pass what "
                "`model.prepare_messages(messages)` returns, as an agent does"
            )


def _result(part: Any) -> Message:
    text = part.model_response_str(wrap_if_error=False)
    content: str | tuple[Part, ...] = text
    if part.files:
        items = part.content_items(mode="str")
        content = parts_of(items)
    return Message(
        "tool",
        content,
        tool_call_id=part.tool_call_id,
        name=part.tool_name,
        is_error=part.outcome in FAILED,
    )


def _answered(message: ModelResponse) -> Iterator[Message]:
    texts: list[Part] = []
    calls: list[ToolCall] = []
    thoughts: list[str] = []
    for part in message.parts:
        match part:
            case TextPart():
                texts.extend(parts_of([part.content]) if part.content else ())  # type: ignore[arg-type]
            case ThinkingPart():
                thoughts.append(part.content)
            case ToolCallPart():
                calls.append(_call(part))
            case FilePart() if part.content.is_image:
                texts.extend(p for p in parts_of([part.content]) if isinstance(p, ImagePart))
            case _:  # what the provider's own tools did is in its state
                pass
    state = state_of(message)
    if not (texts or calls or thoughts or state):
        return
    reasoning = "\n\n".join(filter(None, thoughts)) or None
    yield Message(
        "assistant", tuple(texts), tool_calls=tuple(calls), reasoning=reasoning, state=state
    )


def _call(part: ToolCallPart[Any]) -> ToolCall:
    kind: Any = (part.provider_details or {}).get("kind", "function")
    return ToolCall(part.tool_call_id, part.tool_name, part.args_as_json_str(), kind)
