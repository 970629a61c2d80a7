"""What clients of Responses rely on."""

from __future__ import annotations

import json
from typing import Any

from .frames import Notes, events, note_error, openai_refusal

__all__ = ["Responses"]


class Responses:
    """Reads answers."""

    def stream(self, heard: Notes, raw: bytes) -> None:
        items: dict[int, dict[str, Any]] = {}
        identity = None
        for number, (name, data) in enumerate(events(heard, raw)):
            event = json.loads(data)
            kind = event.get("type")
            if name != kind:
                heard.faults.append(f"an event {kind!r} named {name!r}")
            if event.get("sequence_number") != number:
                heard.faults.append(f"number {event.get('sequence_number')} in place {number}")
            if heard.ended or (heard.error is not None and kind != "response.failed"):
                heard.faults.append(f"{kind} after the end")
            if number == 0 and kind not in ("response.created", "error"):
                heard.faults.append(f"begins with {kind}")
            if "response" in event:
                if identity not in (None, event["response"].get("id")):
                    heard.faults.append("the id changes")
                identity = event["response"].get("id")
                self._response(heard, event["response"])
            if kind == "error":
                note_error(heard, event.get("error"))
            elif kind == "response.failed":
                if event["response"].get("status") != "failed" or not event["response"]["error"]:
                    heard.faults.append("failed without status or error")
                heard.error = heard.error or event["response"]["error"]
            elif kind in ("response.completed", "response.incomplete"):
                heard.ended, heard.finish = True, event["response"]["status"]
                if f"response.{heard.finish}" != kind:
                    heard.faults.append(f"{kind} with status {heard.finish}")
                self._complete(heard, event["response"], items)
            else:
                self._event(heard, kind, event, items)

    def _response(self, heard: Notes, response: dict[str, Any]) -> None:
        heard.model = response.get("model")
        for name in ("id", "object", "created_at", "model", "status", "output"):
            if response.get(name) is None:
                heard.faults.append(f"a response without {name}")

    def _event(
        self, heard: Notes, kind: Any, event: dict[str, Any], items: dict[int, dict[str, Any]]
    ) -> None:
        if kind in ("response.created", "response.in_progress"):
            return
        place: int = event.get("output_index", -1)
        if kind == "response.output_item.added":
            if place != len(items):
                heard.faults.append(f"item {place} after {len(items)} items")
            items[place] = {"item": event["item"], "parts": {}, "text": "", "done": None}
            return
        if place not in items or items[place]["done"] is not None:
            heard.faults.append(f"{kind} of item {place}, which is not open")
            return
        known = items[place]
        if kind == "response.output_item.done":
            if event["item"]["id"] != known["item"]["id"]:
                heard.faults.append("an item ends with another id")
            known["done"] = event["item"]
            return
        if event.get("item_id") != known["item"]["id"]:
            heard.faults.append(f"{kind} with item_id {event.get('item_id')!r}")
        if kind == "response.content_part.added":
            known["parts"][event["content_index"]] = event["part"]["type"]
        elif kind == "response.output_text.delta":
            if known["parts"].get(event["content_index"]) != "output_text":
                heard.faults.append("text without its part")
            heard.text += event["delta"]
        elif kind == "response.refusal.delta":
            heard.refusal += event["delta"]
        elif kind == "response.reasoning_summary_text.delta":
            _ = event["summary_index"]
            heard.reasoning += event["delta"]
        elif kind == "response.reasoning_text.delta":
            heard.reasoning += event["delta"]
        elif kind in (
            "response.function_call_arguments.delta",
            "response.custom_tool_call_input.delta",
        ):
            known["text"] += event["delta"]

    def _complete(
        self, heard: Notes, response: dict[str, Any], items: dict[int, dict[str, Any]]
    ) -> None:
        done = [items[place]["done"] for place in sorted(items)]
        if [_identity(item) for item in response["output"]] != [_identity(item) for item in done]:
            heard.faults.append("the output at the end is not what was done")
        told = (heard.text, heard.reasoning, heard.refusal)
        heard.text = heard.reasoning = heard.refusal = ""
        self._output(heard, response)
        if (heard.text, heard.reasoning, heard.refusal) != told:
            heard.faults.append("texts of deltas and of the end differ")
            if not heard.text:  # what came in no delta is read at the end
                heard.text, heard.reasoning, heard.refusal = told
        for known in items.values():
            final = known["done"] or {}
            whole = final.get("arguments", final.get("input"))
            if known["text"] and whole != known["text"]:
                heard.faults.append("arguments of deltas and of the end differ")

    def _output(self, heard: Notes, response: dict[str, Any]) -> None:
        heard.usage, heard.calls = response.get("usage"), []
        for item in response["output"]:
            if item["type"] == "message":
                if item["role"] != "assistant" or not item["id"] or not item["status"]:
                    heard.faults.append("a message without role, id or status")
                for part in item["content"]:
                    if part["type"] == "output_text":
                        heard.text += part["text"]
                        if not isinstance(part.get("annotations"), list):
                            heard.faults.append("text without annotations")
                    else:
                        heard.refusal += part["refusal"]
            elif item["type"] == "function_call":
                if not item["id"]:
                    heard.faults.append("a call without an id")
                heard.calls.append((item["call_id"], item["name"], item["arguments"]))
            elif item["type"] == "custom_tool_call":
                heard.calls.append((item["call_id"], item["name"], item["input"]))
            elif item["type"] == "reasoning":
                parts = [*item["summary"], *(item.get("content") or ())]
                heard.reasoning += "".join(part["text"] for part in parts)
        for name in ("input_tokens", "output_tokens", "total_tokens"):
            if heard.usage is not None and not isinstance(heard.usage.get(name), int):
                heard.faults.append(f"usage without {name}")

    def refusal(self, heard: Notes, told: Any) -> None:
        openai_refusal(heard, told)

    def whole(self, heard: Notes, told: Any) -> None:
        self._response(heard, told)
        self._output(heard, told)
        heard.finish, heard.ended = told["status"], told["status"] in ("completed", "incomplete")
        if not heard.ended:
            note_error(heard, told.get("error"))


def _identity(item: dict[str, Any] | None) -> Any:
    return item and (item["type"], item.get("id"))
