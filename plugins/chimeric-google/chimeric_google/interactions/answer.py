"""Reading an interaction: its events, or the whole of it."""

from __future__ import annotations

from typing import Any, Final, cast

import msgspec

from chimeric import Delta, ErrorInfo, Event, FinishReason, ToolCallDelta, Usage
from chimeric_google.errors import event_error, read_error

FINISH: Final[dict[str, FinishReason]] = {
    "completed": "stop",
    "requires_action": "tool_calls",
    "incomplete": "length",
    "requires_continuation": "length",
}
"""Statuses that end an answer; every other one but those that are not final is ``other``."""

OPEN: Final = ("", "queued", "in_progress")

_decode = msgspec.json.Decoder().decode


class Answer:
    """The memory of one interaction: its steps, as a later turn must send them back."""

    api = "google.interactions"

    __slots__ = ("_called", "_steps")

    def __init__(self) -> None:
        self._steps: dict[int, dict[str, Any]] = {}
        self._called = False

    def parse(self, event: Event) -> Delta | list[Delta] | None:
        """What an event of a stream adds.

        Raises:
            msgspec.DecodeError: for one that is no JSON.
        """
        if event.data.strip() == b"[DONE]":
            return None  # only a status tells that the answer is whole
        told: Any = _decode(event.data)
        kind = told.get("event_type") if isinstance(told, dict) else None
        if kind == "error" or (kind is None and read_error(told) is not None):
            return Delta(error=event_error(told, event.data))
        if kind == "step.start":
            return self._start(told["index"], told.get("step") or {})
        if kind == "step.delta":
            return self._grow(told["index"], told.get("delta") or {})
        if kind == "step.stop":
            return self._stop(told["index"])
        if kind in ("interaction.created", "interaction.completed"):
            return self._interaction(told.get("interaction") or {})
        return None

    def parse_whole(self, body: bytes) -> list[Delta]:
        """What a whole interaction holds.

        Raises:
            msgspec.DecodeError: when the body is no interaction.
        """
        told: Any = _decode(body)
        if not isinstance(told, dict) or "status" not in told:
            error = read_error(told)
            if error is None:
                raise msgspec.ValidationError("no interaction: it has no status")
            return [Delta(error=error, done=True)]
        deltas: list[Delta] = []
        interaction = cast("dict[str, Any]", told)
        for index, step in enumerate(interaction.get("steps") or ()):
            deltas += self._start(index, step)
            deltas += self._stop(index) or ()
        return [*deltas, msgspec.structs.replace(self._interaction(interaction), done=True)]

    def _start(self, index: int, step: dict[str, Any]) -> list[Delta]:
        self._steps[index] = kept = dict(step)
        kind = step.get("type")
        if kind == "function_call":
            self._called = True
            # Arguments are an object here and text in the deltas (which fill an empty one).
            given = step.get("arguments") or {}
            kept["arguments"] = text = msgspec.json.encode(given).decode() if given else ""
            call = ToolCallDelta(index, step.get("id"), step.get("name"), text)
            return [Delta(tool_calls=(call,))]
        if kind in ("model_output", "thought"):
            name = "content" if kind == "model_output" else "summary"
            given, kept[name] = kept.pop(name, None) or (), []
            return [d for item in given if (d := self._item(index, item, name)) is not None]
        return []

    def _grow(self, index: int, delta: dict[str, Any]) -> Delta | None:
        step, kind = self._steps.setdefault(index, {}), delta.get("type")
        if kind == "arguments_delta":
            text = delta.get("arguments") or ""
            step["arguments"] = (step.get("arguments") or "") + text
            return Delta(tool_calls=(ToolCallDelta(index, arguments=text),))
        if kind == "thought_signature":
            step["signature"] = delta.get("signature")
        elif kind == "thought_summary":
            return self._item(index, delta.get("content") or {}, "summary")
        elif step.get("type") == "model_output":
            return self._item(index, delta, "content")
        else:  # a call or a result of a server tool: one delta tells the whole of it
            step.update({name: value for name, value in delta.items() if name != "type"})
        return None

    def _item(self, index: int, item: dict[str, Any], name: str) -> Delta | None:
        items = self._steps[index].setdefault(name, [])
        kind, text = item.get("type"), item.get("text") or ""
        if kind != "text":
            if kind in ("text_annotation", "text_annotation_delta"):
                if items:
                    items[-1].setdefault("annotations", []).extend(item.get("annotations") or ())
            else:
                items.append(item)
            return None
        if items and items[-1].get("type") == "text" and "annotations" not in items[-1]:
            items[-1]["text"] += text
        else:
            items.append(dict(item))
        if name == "summary":
            return Delta(reasoning=text, block=index)
        return Delta(text=text, block=index)

    def _stop(self, index: int) -> list[Delta] | None:
        step = self._steps.get(index) or {}
        if step.get("type") != "function_call":
            return None
        missing = "" if step["arguments"] else "{}"
        step["arguments"] = _decode((step["arguments"] or missing).encode())
        return [Delta(tool_calls=(ToolCallDelta(index, arguments=missing, complete=True),))]

    def _interaction(self, told: dict[str, Any]) -> Delta:
        status, used = told.get("status") or "", told.get("usage")
        final = status not in OPEN
        reason = FINISH.get(status, "other") if final else None
        steps = [self._steps[index] for index in sorted(self._steps)]
        others = [s for s in steps if s.get("type") not in ("thought", "function_call")]
        shown = [s for s in others if any(c.get("type") != "text" for c in s.get("content", [{}]))]
        return Delta(
            id=told.get("id") or None,
            model=told.get("model") or told.get("agent"),
            usage=read_usage(used) if used else None,
            usage_native=used,
            finish_reason="tool_calls" if reason == "stop" and self._called else reason,
            finish_reason_native=status if final else None,
            state=steps if final else None,
            # Pictures, sounds and server tools, as they came.
            metadata={"steps": shown} if final and shown else None,
            error=_failure(told) if status == "failed" else None,
        )


def _failure(told: dict[str, Any]) -> ErrorInfo:
    errors = told.get("errors") or [{"message": "the interaction failed"}]
    return event_error({"error": errors[0]}, b"")


def read_usage(used: dict[str, Any]) -> Usage:
    """Counts of a whole interaction: tools count as input, thoughts as output."""
    thoughts = used.get("total_thought_tokens")
    prompt = (used.get("total_input_tokens") or 0) + (used.get("total_tool_use_tokens") or 0)
    completion = (used.get("total_output_tokens") or 0) + (thoughts or 0)
    cached = used.get("total_cached_tokens")
    return Usage(prompt, completion, used.get("total_tokens"), cached, None, thoughts)
