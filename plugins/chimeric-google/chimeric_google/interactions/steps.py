"""Messages as steps: what the user said, what the model said, thought and called, and results."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from chimeric_models import CallIds, echoed_items, readable

from chimeric import (
    Message,
    ModelNotSupportedError,
    Request,
    TextPart,
    ToolCall,
    own_keys,
)
from chimeric_google.contents import FOREIGN_SIGNATURE, object_of, system_parts
from chimeric_google.thinking import Generation

from .content import content_of, media_of, own_types
from .names import API

__all__ = ["Steps", "instruction"]

STEP_KEYS: Final = ("signature", "search_type", "server_name", "retrieval_type", "is_error")
"""Members of steps that a caller's dict may have and that are no words of it."""


class Steps:
    """Collects the steps of a conversation.

    Attributes:
        all: those so far.
    """

    def __init__(self, generation: Generation, dropped: list[str]) -> None:
        self.all: list[dict[str, Any]] = []
        self._generation = generation
        self._dropped = dropped
        self._ids = CallIds(str)
        self._names: dict[str, str] = {}  # of tools, by the ids that are sent

    def add(self, message: Message) -> None:
        """Add a message that is no system message."""
        message = readable(message, own_types(message), self._dropped)
        if message.role == "assistant":
            self._ids.begin_turn()
            self.all += self._answer(message)
        elif message.role == "tool":
            self.all.append(self._result(message))
        else:
            said = self._content(message) or [{"type": "text", "text": ""}]
            self.all.append({"type": "user_input", "content": said})

    def _answer(self, message: Message) -> list[dict[str, Any]]:
        items = message.items_for(API)
        if items is not None:
            return self._echoed(message, echoed_items(message, items, STEP_KEYS))
        if message.state is not None:
            self._dropped.append(
                f"state of {message.state.api} in an assistant message: the Interactions API "
                "cannot read it"
            )
        elif message.reasoning:
            self._dropped.append(
                "reasoning of another model in an assistant message: it was left out"
            )
        said = self._content(message)
        if message.refusal:
            said.append({"type": "text", "text": message.refusal})
        steps = [{"type": "model_output", "content": said}] if said else []
        return steps + self._calls(message, thought=_ends_with_a_thought([*self.all, *steps]))

    def _id(self, call: ToolCall) -> str:
        """The id under which a call is sent: every one of a conversation has its own."""
        sent = self._ids.call(call.id, call.name)
        self._names[sent] = call.name
        return sent

    def _echoed(self, message: Message, steps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """The steps of an answer, unchanged but for ids of calls that had none, or another's."""
        calls = iter(message.tool_calls)
        echoed: list[dict[str, Any]] = []
        for step in steps:
            call = next(calls, None) if step.get("type") == "function_call" else None
            echoed.append(step if call is None else {**step, "id": self._id(call)})
        return echoed

    def _calls(self, message: Message, *, thought: bool) -> list[dict[str, Any]]:
        calls = [
            {
                "type": "function_call",
                "id": self._id(call),
                "name": call.name,
                "arguments": object_of(call),
                **own_keys(call.extra, STEP_KEYS),
            }
            for call in message.tool_calls
        ]
        # The signature of a turn with calls stands on the thought before them, and a request
        # without it is refused; what another model called never had one.
        if calls and not thought and self._generation.at_least(3):
            calls.insert(0, {"type": "thought", "signature": FOREIGN_SIGNATURE})
        return calls

    def _content(self, message: Message) -> list[dict[str, Any]]:
        parts = message.parts
        if message.role == "assistant":
            parts = tuple(p for p in parts if not isinstance(p, TextPart) or p.text)
        return [content_of(part, self._dropped) for part in parts]

    def _result(self, message: Message) -> dict[str, Any]:
        identity = self._ids.result(message.tool_call_id or "", message.name or "")
        told: dict[str, Any] = {"type": "function_result", "call_id": identity}
        if name := message.name or self._names.get(identity):
            told["name"] = name
        if all(isinstance(part, TextPart) and not part.extra for part in message.parts):
            told["result"] = message.text
        else:
            told["result"] = [self._shown(part) for part in message.parts]
        if message.is_error:
            told["is_error"] = True
        return told

    def _shown(self, part: Any) -> dict[str, Any]:
        """A part of a result; a note for one that cannot be sent."""
        if not hasattr(part, "stand_in"):
            return content_of(part, self._dropped)
        try:
            return media_of(part, self._dropped)
        except ModelNotSupportedError as error:
            self._dropped.append(f"a tool's result has a note for {part.label}: {error.message}")
            return {"type": "text", "text": part.stand_in}


def instruction(request: Request, dropped: list[str]) -> str | None:
    """The text of ``system_instruction``, messages apart; None where there is none.

    Raises:
        ModelNotSupportedError: for what is no text.
    """
    texts: list[str] = []
    system_parts(request.messages, dropped)  # tells of those that lose their place
    for message in request.messages:
        parts = system_parts((message,), [])  # none of others than system messages
        wrong = next((part for part in parts if not isinstance(part.get("text"), str)), None)
        if wrong is not None:
            raise ModelNotSupportedError(
                f"api='interactions' takes no part {sorted(wrong)} in a system message"
            )
        texts.append("".join(part["text"] for part in parts))
    return "\n\n".join(filter(None, texts)) or None


def _ends_with_a_thought(steps: list[dict[str, Any]]) -> bool:
    last = steps[-1] if steps else {}
    return last.get("type") == "thought" and bool(last.get("signature"))
