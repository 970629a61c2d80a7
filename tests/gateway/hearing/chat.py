"""What clients of chat completions rely on."""

from __future__ import annotations

import json
from typing import Any

from .frames import Notes, events, note_error, openai_refusal

__all__ = ["Chat"]

FINISHES = {"stop", "length", "tool_calls", "content_filter"}


class Chat:
    """Reads answers."""

    def stream(self, heard: Notes, raw: bytes) -> None:
        calls: dict[int, list[str]] = {}
        fixed: set[tuple[Any, ...]] = set()
        told = [data for _, data in events(heard, raw)]
        for place, data in enumerate(told):
            if data == "[DONE]":
                if place != len(told) - 1:
                    heard.faults.append("events after [DONE]")
                heard.ended = heard.error is None
                break
            event = json.loads(data)
            if event.get("error"):
                note_error(heard, event["error"])
                continue
            fixed.add(tuple(event.get(name) for name in ("id", "object", "created", "model")))
            heard.model = event.get("model")
            if heard.error is not None:
                heard.faults.append("events after an error")
            self._event(heard, event, calls, place)
        if len(fixed) > 1:
            heard.faults.append(f"id, object, created or model change: {fixed}")
        if any(None in names for names in fixed):
            heard.faults.append(f"id, object, created or model is missing: {fixed}")
        heard.calls = [(c[0], c[1], c[2]) for _, c in sorted(calls.items())]
        if heard.ended and heard.finish is None:
            heard.faults.append("no finish reason")
        if heard.error is not None and heard.finish is not None:
            heard.faults.append("a finish reason and an error")

    def _event(
        self, heard: Notes, event: dict[str, Any], calls: dict[int, list[str]], place: int
    ) -> None:
        if not isinstance(event.get("choices"), list):
            heard.faults.append("an event without a list of choices")
            return
        if event.get("usage") is not None:
            if event["choices"] or heard.finish is None or heard.usage is not None:
                heard.faults.append("usage beside choices, before the finish, or twice")
            heard.usage = event["usage"]
        elif not event["choices"]:
            heard.faults.append("no choices and no usage")
        for choice in event["choices"]:
            delta, finish = choice.get("delta"), choice.get("finish_reason")
            if choice.get("index") != 0 or not isinstance(delta, dict):
                heard.faults.append(f"a choice without index or delta: {choice}")
                continue
            if (delta.get("role") == "assistant") is not (place == 0):
                heard.faults.append(f"role in event {place}: {delta.get('role')!r}")
            self._delta(heard, delta, calls)
            if finish is not None:
                if heard.finish is not None or finish not in FINISHES:
                    heard.faults.append(f"a second or unknown finish: {finish!r}")
                heard.finish = finish
                if any(delta.get(name) for name in ("content", "tool_calls")):
                    heard.faults.append("content in the finish")
            elif heard.finish is not None:
                heard.faults.append("a choice after the finish")

    def _delta(self, heard: Notes, delta: dict[str, Any], calls: dict[int, list[str]]) -> None:
        heard.text += delta.get("content") or ""
        heard.reasoning += delta.get("reasoning_content") or ""
        heard.refusal += delta.get("refusal") or ""
        for call in delta.get("tool_calls") or ():
            index, function = call.get("index"), call.get("function")
            if index not in calls:
                if index != len(calls):
                    heard.faults.append(f"a call with index {index} after {len(calls)} calls")
                if call.get("type") != "function" or not call.get("id") or "name" not in function:
                    heard.faults.append(f"a call begins without id, type or name: {call}")
                calls[index] = [call.get("id", ""), function.get("name", ""), ""]
            elif "id" in call or "name" in function:
                heard.faults.append(f"id or name again: {call}")
            if not isinstance(function.get("arguments"), str):
                heard.faults.append(f"no arguments: {call}")
            calls[index][2] += function.get("arguments") or ""

    def refusal(self, heard: Notes, told: Any) -> None:
        openai_refusal(heard, told)

    def whole(self, heard: Notes, told: Any) -> None:
        (choice,) = told["choices"]
        message = choice["message"]
        if told["object"] != "chat.completion" or choice["index"] != 0:
            heard.faults.append("no chat.completion, or no index")
        if message.get("role") != "assistant" or "content" not in message:
            heard.faults.append("no role or no content")
        heard.model, heard.usage = told["model"], told.get("usage")
        heard.text, heard.refusal = message["content"] or "", message.get("refusal") or ""
        heard.reasoning = message.get("reasoning_content") or ""
        if message.get("tool_calls") == []:
            heard.faults.append("an empty list of calls")
        for call in message.get("tool_calls") or ():
            function = call["function"]
            if call["type"] != "function":
                heard.faults.append("a call of another type")
            heard.calls.append((call["id"], function["name"], function["arguments"]))
        heard.finish, heard.ended = choice["finish_reason"], True
        if heard.finish not in FINISHES:
            heard.faults.append(f"finish reason {heard.finish!r}")
