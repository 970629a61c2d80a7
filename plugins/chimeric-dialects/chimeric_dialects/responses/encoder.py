"""An answer as a response or as its events."""

from __future__ import annotations

import itertools
import time
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.ids import make_id
from chimeric_dialects.json_values import child, dumps
from chimeric_dialects.openai.errors import openai_error
from chimeric_dialects.openai.padding import PADDING
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt, ToolCall, Turn
from chimeric_dialects.service import Service
from chimeric_dialects.sse import sse

__all__ = ["ResponsesEncoder"]


_ECHOED: dict[str, Any] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}


class ResponsesEncoder:
    """One answer as a response or as its events."""

    def __init__(self, prompt: Prompt, answer: Answer, service: Service) -> None:
        self._answer = answer
        self._service = service
        self._summary = bool(prompt.show_thoughts)
        body = prompt.body
        given = {key: body[key] for key in _ECHOED if body.get(key) is not None}
        self._base: dict[str, Any] = {
            "id": make_id("resp_", 48).lower(),
            "object": "response",
            "created_at": int(time.time()),
            "status": "in_progress",
            "error": None,
            "incomplete_details": None,
            "model": prompt.model,
            "output": [],
            **_ECHOED,
            **given,
            "service_tier": "default",
            "usage": None,
        }
        self._conversation: list[Turn] = prompt.options["conversation"]
        self._items: list[dict[str, Any]] = []
        self._ids: list[str] = []
        self._number = 0
        self._before = b""
        self._middle = b""
        self._tails = itertools.cycle(_tails(body))

    def _event(self, kind: str, **fields: Any) -> bytes:
        event = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return sse(kind, event)

    def begin(self) -> bytes:
        created = self._event("response.created", response=self._base)
        return created + self._event("response.in_progress", response=self._base)

    def open(self, block: Block) -> bytes:
        self._ids.append(_item_id(block))
        at = {"output_index": block.index}
        frame = self._event("response.output_item.added", **at, item=self._item(block, begun=True))
        place = {"item_id": self._ids[-1], **at}
        if block.kind == "call":
            kind = "custom_tool_call_input" if block.custom else "function_call_arguments"
            self._set_frame(f"response.{kind}.delta", place, {})
            return frame
        if block.kind == "thought":
            self._set_frame("response.reasoning_summary_text.delta", place, {"summary_index": 0})
            if not self._summary:
                return frame
            opened = {"type": "summary_text", "text": ""}
            kind = "response.reasoning_summary_part.added"
            return frame + self._event(kind, **place, summary_index=0, part=opened)
        self._set_frame("response.output_text.delta", place, {"content_index": 0, "logprobs": []})
        part = {**_text_part(block), "text": ""}
        kind = "response.content_part.added"
        return frame + self._event(kind, **place, content_index=0, part=part)

    def _set_frame(self, kind: str, place: dict[str, Any], more: dict[str, Any]) -> None:
        """Everything of a delta event but its number and its text, encoded once an item."""
        rest = dumps({**place, **more})[1:-1]
        self._before = b'event: %b\ndata: {"type":"%b","sequence_number":' % ((kind.encode(),) * 2)
        self._middle = b"," + rest + b',"delta":'

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "thought" and not self._summary:
            return b""
        number = self._number
        self._number = number + 1
        told = (self._before, number, self._middle, dumps(text), next(self._tails))
        return b"%b%d%b%b%b" % told

    def close(self, block: Block) -> bytes:
        at = {"output_index": block.index}
        place = {"item_id": self._ids[-1], **at}
        frame = self._closing(block, place)
        item = self._item(block, begun=False)
        self._items.append(item)
        return frame + self._event("response.output_item.done", **at, item=item)

    def _closing(self, block: Block, place: dict[str, Any]) -> bytes:
        if block.kind == "call":
            self._remember(block)
            if block.custom:
                return self._event(
                    "response.custom_tool_call_input.done", **place, input=block.text
                )
            kind = "response.function_call_arguments.done"
            return self._event(kind, **place, arguments=block.text)
        if block.kind == "thought":
            if not self._summary:
                return b""
            at = {**place, "summary_index": 0}
            part = {"type": "summary_text", "text": block.text}
            return self._event(
                "response.reasoning_summary_text.done", **at, text=block.text
            ) + self._event("response.reasoning_summary_part.done", **at, part=part)
        at = {**place, "content_index": 0}
        return self._event(
            "response.output_text.done", **at, text=block.text, logprobs=[]
        ) + self._event("response.content_part.done", **at, part=_text_part(block))

    def _remember(self, block: Block) -> None:
        """A call that came with a thought must come back with it."""
        thoughts = [b for b in self._answer.blocks if b.kind == "thought"]
        if thoughts:
            self._service.remember_thought(self._ids[block.index], self._ids[thoughts[0].index])

    def end(self, done: Done) -> bytes:
        kind = "response.incomplete" if done.reason == "length" else "response.completed"
        return self._event(kind, response=self._finished(done))

    def _finished(self, done: Done) -> dict[str, Any]:
        if self._base["store"]:
            self._service.store_conversation(self._base["id"], [*self._conversation, self._turn()])
        usage = done.usage
        cut = done.reason == "length"
        return {
            **self._base,
            "status": "incomplete" if cut else "completed",
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
            "output": self._items,
            "usage": {
                "input_tokens": usage.input,
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens": usage.output,
                "output_tokens_details": {"reasoning_tokens": usage.reasoning},
                "total_tokens": usage.total,
            },
        }

    def _turn(self) -> Turn:
        """The answer as a turn of the history."""
        blocks = self._answer.blocks
        text = "".join(b.text for b in blocks if b.kind == "text")
        calls = [ToolCall(b.id, b.name, b.text) for b in blocks if b.kind == "call"]
        return Turn("assistant", text, tuple(calls))

    def fail(self, problem: Problem) -> bytes:
        error = openai_error(problem)["error"]
        frame = self._event("error", error={**error, "code": "server_is_overloaded"})
        told = {"code": "server_is_overloaded", "message": problem.message}
        response = {**self._base, "status": "failed", "error": told, "output": self._items}
        return frame + self._event("response.failed", response=response)

    def whole(self, done: Done) -> object:
        for block in self._answer.blocks:
            self._ids.append(_item_id(block))
            self._items.append(self._item(block, begun=False))
            if block.kind == "call":
                self._remember(block)
        return self._finished(done)

    def _item(self, block: Block, *, begun: bool) -> dict[str, Any]:
        item_id = self._ids[block.index]
        status = "in_progress" if begun else "completed" if block.whole else "incomplete"
        if block.kind == "call":
            key = "input" if block.custom else "arguments"
            kind = "custom_tool_call" if block.custom else "function_call"
            text = "" if begun else block.text
            call = {"id": item_id, "type": kind, "status": status, key: text}
            return {**call, "call_id": block.id, "name": block.name}
        if block.kind == "thought":
            summary = [] if begun or not self._summary else [_summary_part(block)]
            content = "" if begun else self._service.signer.sign("encrypted", item_id)
            thought = {"id": item_id, "type": "reasoning", "summary": summary}
            return {**thought, "encrypted_content": content}
        parts = [] if begun else [_text_part(block)]
        item = {"id": item_id, "type": "message", "status": status}
        return {**item, "content": parts, "role": "assistant", "phase": "final_answer"}


def _tails(body: dict[str, Any]) -> list[bytes]:
    """How delta events end: with padding of varying length, unless that is not wanted."""
    if child(body, "stream_options").get("include_obfuscation") is False:
        return [b"}\n\n"]
    return [b',"obfuscation":"%b"}\n\n' % padding for padding in PADDING]


def _item_id(block: Block) -> str:
    prefix = {"call": "ctc_" if block.custom else "fc_", "thought": "rs_"}.get(block.kind, "msg_")
    return make_id(prefix, 48).lower()


def _text_part(block: Block) -> dict[str, Any]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": block.text}


def _summary_part(block: Block) -> dict[str, Any]:
    return {"type": "summary_text", "text": block.text}
