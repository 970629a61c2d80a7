"""An answer as a response or as its events."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.ids import make_id
from chimeric_dialects.json_values import child, dumps
from chimeric_dialects.openai.errors import openai_error
from chimeric_dialects.openai.padding import PADDING
from chimeric_dialects.parts import Citation, File
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt, ToolCall, Turn
from chimeric_dialects.service import Service
from chimeric_dialects.sse import sse

from .server_tools import (
    Status,
    file_item,
    input_event,
    is_told,
    item_prefix,
    item_type,
    partial_image,
    phase_of,
    tool_item,
)
from .texts import annotation, logprobs, refusal_part, text_part
from .usage import usage_of

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


_UNFINISHED: dict[str, str] = {"length": "max_output_tokens", "content_filter": "content_filter"}


class ResponsesEncoder:
    """One answer as a response or as its events.

    Attributes:
        unfinished: why the answer is incomplete, where that is no reason that ``Done`` has.
    """

    def __init__(self, prompt: Prompt, answer: Answer, service: Service) -> None:
        self._answer = answer
        self._service = service
        self._plain = prompt.plain
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
            **({"store": False} if prompt.plain else {"service_tier": "default"}),
            "usage": None,
        }
        self.unfinished: str | None = None
        self._conversation: list[Turn] = prompt.options.get("conversation", [])
        self._items: list[dict[str, Any]] = []
        self._ids: dict[int, str] = {}
        self._include = frozenset(map(str, body.get("include") or ()))
        self._xai = "grok-" in prompt.model and not prompt.plain
        self._previews = 0
        self._number = 0
        self._before = b""
        self._middle = b""
        self._tails = itertools.cycle([b"}\n\n"] if prompt.plain else _tails(body))

    @property
    def response_id(self) -> str:
        """The id that the response has, streamed or not."""
        return str(self._base["id"])

    def _event(self, kind: str, **fields: Any) -> bytes:
        event = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return sse(kind, event)

    def begin(self) -> bytes:
        if not self._base["background"]:
            created = self._event("response.created", response=self._base)
            return created + self._event("response.in_progress", response=self._base)
        queued = {**self._base, "status": "queued"}
        kinds = ("response.created", "response.queued")
        waiting = b"".join(self._event(kind, response=queued) for kind in kinds)
        return waiting + self._event("response.in_progress", response=self._base)

    def _place(self, block: Block) -> dict[str, Any]:
        """Where events of an item belong."""
        item_id = self._ids[block.index]
        return {"item_id": item_id, "output_index": list(self._ids).index(block.index)}

    def open(self, block: Block) -> bytes:
        if not is_told(block, plain=self._plain):
            return b""  # this protocol brings files as items of tools only
        self._ids[block.index] = _item_id(block)
        if block.kind == "approval":
            return b""  # it comes whole
        place = self._place(block)
        at = {"output_index": place["output_index"]}
        frame = self._event("response.output_item.added", **at, item=self._item(block, begun=True))
        if block.file is not None:
            return frame + self._event("response.image_generation_call.in_progress", **place)
        if block.kind == "server_tool":
            told = input_event(block.server_tool)
            self._set_frame(f"{told[0]}.delta" if told else "", place, {})
            self._previews = 0
            if not phase_of(block.server_tool):
                return frame
            return frame + self._event(f"response.{item_type(block)}.in_progress", **place)
        if block.kind == "call":
            kind = "custom_tool_call_input" if block.custom else "function_call_arguments"
            self._set_frame(f"response.{kind}.delta", place, {})
            return frame
        if block.kind == "thought":
            self._set_frame("response.reasoning_summary_text.delta", place, {"summary_index": 0})
            if not self._shows(block):
                return frame
            opened = {"type": "summary_text", "text": ""}
            kind = "response.reasoning_summary_part.added"
            return frame + self._event(kind, **place, summary_index=0, part=opened)
        if block.kind == "refusal":
            self._set_frame("response.refusal.delta", place, {"content_index": 0})
            opened = {"type": "refusal", "refusal": ""}
            return frame + self._event(
                "response.content_part.added", **place, content_index=0, part=opened
            )
        self._set_frame("response.output_text.delta", place, {"content_index": 0, "logprobs": []})
        part = {**text_part(block, xai=self._xai), "text": ""}
        kind = "response.content_part.added"
        return frame + self._event(kind, **place, content_index=0, part=part)

    def _set_frame(self, kind: str, place: dict[str, Any], more: dict[str, Any]) -> None:
        """Everything of a delta event but its number and its text, encoded once an item."""
        rest = dumps({**place, **more})[1:-1]
        self._before = b'event: %b\ndata: {"type":"%b","sequence_number":' % ((kind.encode(),) * 2)
        self._middle = b"," + rest + b',"delta":'

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind != "text":
            if block.kind == "thought" and not self._summary:
                return b""
            if block.tool is not None and (
                block.kind == "approval" or input_event(block.tool) is None
            ):
                return b""
        elif block.tokens:
            at = {**self._place(block), "content_index": 0}
            told = {"delta": text, "logprobs": logprobs(block.tokens[block.told :])}
            block.told = len(block.tokens)
            return self._event("response.output_text.delta", **at, **told)
        number = self._number
        self._number = number + 1
        padded = (self._before, number, self._middle, dumps(text), next(self._tails))
        return b"%b%d%b%b%b" % padded

    def phase(self, block: Block, preview: File | None) -> bytes:
        tool = block.server_tool
        place = self._place(block)
        frame = self._input_done(block)
        if not phase_of(tool):
            return frame
        if preview is None:
            return frame + self._event(f"response.{item_type(block)}.{phase_of(tool)}", **place)
        told = partial_image(preview, self._previews)
        self._previews += 1
        kind = "response.image_generation_call.partial_image"
        return frame + self._event(kind, **place, **told)

    def _input_done(self, block: Block) -> bytes:
        """The whole input of a server tool, told once."""
        told = input_event(block.server_tool)
        if told is None or not self._before:
            return b""
        self._before = b""
        return self._event(f"{told[0]}.done", **self._place(block), **{told[1]: block.text})

    def cite(self, block: Block, citation: Citation) -> bytes:
        # xAI's come at the end of the text.
        return b"" if self._xai else self._cite(block, len(block.citations) - 1)

    def _cite(self, block: Block, number: int) -> bytes:
        at = {**self._place(block), "content_index": 0, "annotation_index": number}
        told = annotation(block.citations[number], xai=self._xai)
        return self._event("response.output_text.annotation.added", **at, annotation=told)

    def close(self, block: Block) -> bytes:
        if not is_told(block, plain=self._plain):
            return b""
        place = self._place(block)
        at = {"output_index": place["output_index"]}
        item = self._item(block, begun=False)
        if block.kind == "server_tool":
            self._items.append(item)
            return self._input_done(block) + self._tool_done(block, item)
        frame = self._closing(block, place)
        self._items.append(item)
        return frame + self._event("response.output_item.done", **at, item=item)

    def _tool_done(self, block: Block, item: dict[str, Any]) -> bytes:
        place, tool = self._place(block), block.server_tool
        frame = b""
        for _ in range(tool.endings if block.whole else 1):
            if block.whole and phase_of(tool) and (tool.kind == "mcp" or not tool.error):
                end = "failed" if tool.error else "completed"
                frame += self._event(f"response.{item_type(block)}.{end}", **place)
            at = {"output_index": place["output_index"]}
            frame += self._event("response.output_item.done", **at, item=item)
        return frame

    def _closing(self, block: Block, place: dict[str, Any]) -> bytes:
        if block.kind == "approval":
            at = {"output_index": place["output_index"]}
            item = self._item(block, begun=True)
            return self._event("response.output_item.added", **at, item=item)
        if block.kind == "call":
            self._remember(block)
            if block.custom:
                return self._event(
                    "response.custom_tool_call_input.done", **place, input=block.text
                )
            kind = "response.function_call_arguments.done"
            return self._event(kind, **place, arguments=block.text)
        if block.file is not None:
            return self._event("response.image_generation_call.completed", **place)
        if block.kind == "thought":
            if not self._shows(block):
                return b""
            at = {**place, "summary_index": 0}
            part = {"type": "summary_text", "text": block.text}
            return self._event(
                "response.reasoning_summary_text.done", **at, text=block.text
            ) + self._event("response.reasoning_summary_part.done", **at, part=part)
        at = {**place, "content_index": 0}
        if block.kind == "refusal":
            return self._event("response.refusal.done", **at, refusal=block.text) + self._event(
                "response.content_part.done", **at, part=refusal_part(block)
            )
        frame = b""
        if self._xai:
            frame = b"".join(self._cite(block, n) for n in range(len(block.citations)))
        told = {"text": block.text, "logprobs": logprobs(block.tokens)}
        frame += self._event("response.output_text.done", **at, **told)
        part = text_part(block, xai=self._xai)
        return frame + self._event("response.content_part.done", **at, part=part)

    def _shows(self, thought: Block) -> bool:
        """Whether a thought is told in words; in a plain answer one with a signature has none."""
        return self._summary and not (self._plain and thought.signature)

    def _remember(self, block: Block) -> None:
        """A call that came with a thought must come back with it."""
        told = self._ids
        thoughts = [b for b in self._answer.blocks if b.kind == "thought" and b.index in told]
        if thoughts:
            self._service.remember_thought(self._ids[block.index], self._ids[thoughts[0].index])

    def end(self, done: Done) -> bytes:
        response = self._finished(done)
        return self._event(f"response.{response['status']}", response=response)

    def _finished(self, done: Done) -> dict[str, Any]:
        if self._base["store"]:
            self._service.store_conversation(self._base["id"], [*self._conversation, self._turn()])
        cut = self.unfinished or _UNFINISHED.get(done.reason)
        return {
            **self._base,
            "status": "incomplete" if cut else "completed",
            "incomplete_details": {"reason": cut} if cut else None,
            "output": self._items,
            "usage": usage_of(done.usage),
        }

    def _turn(self) -> Turn:
        """The answer as a turn of the history."""
        blocks = self._answer.blocks
        text = "".join(b.text for b in blocks if b.kind == "text")
        calls = [ToolCall(b.id, b.name, b.text) for b in blocks if b.kind == "call"]
        return Turn(
            "assistant",
            text,
            tuple(calls),
            ran=tuple(b.server_tool.kind for b in blocks if b.kind == "server_tool"),
            asked=tuple(self._ids[b.index] for b in blocks if b.kind == "approval"),
        )

    def fail(self, problem: Problem) -> bytes:
        error = {**openai_error(problem)["error"], "code": "server_is_overloaded"}
        return self.break_off(error, "server_is_overloaded")

    def break_off(self, error: Mapping[str, Any], code: str) -> bytes:
        """The stream breaks off: ``error`` is told first, then why the response failed."""
        frame = self._event("error", error=error)
        told = {"code": code, "message": error["message"]}
        response = {**self._base, "status": "failed", "error": told, "output": self._items}
        return frame + self._event("response.failed", response=response)

    def whole(self, done: Done) -> object:
        self._items.clear()
        for block in self._answer.blocks:
            if not is_told(block, plain=self._plain):
                continue
            self._ids[block.index] = _item_id(block)
            self._items.append(self._item(block, begun=False))
            if block.kind == "call":
                self._remember(block)
        return self._finished(done)

    def _item(self, block: Block, *, begun: bool) -> dict[str, Any]:
        item_id = self._ids[block.index]
        status: Status = "in_progress"
        if not begun:
            status = "completed" if block.whole else "incomplete"
        if block.tool is not None:
            if block.whole and block.tool.end in ("failed", "never"):
                status = "in_progress" if begun or block.tool.end == "never" else "failed"
            return {"id": item_id, **tool_item(block, status, self._include, xai=self._xai)}
        if block.kind == "call":
            key = "input" if block.custom else "arguments"
            kind = "custom_tool_call" if block.custom else "function_call"
            text = "" if begun else block.text
            call = {"id": item_id, "type": kind, "status": status, key: text}
            return {**call, "call_id": block.id, "name": block.name}
        if block.kind == "thought":
            shown = not begun and self._shows(block)
            summary = [{"type": "summary_text", "text": block.text}] if shown else []
            content = "" if begun else block.signature
            if not (begun or self._plain):
                content = self._service.signer.sign("encrypted", item_id)
            thought: dict[str, Any] = {"id": item_id, "type": "reasoning", "summary": summary}
            return (
                thought
                if self._plain and not content
                else {**thought, "encrypted_content": content}
            )
        if block.file is not None:
            return {"id": item_id, **file_item(block.file, begun=begun)}
        part = refusal_part(block) if block.kind == "refusal" else text_part(block, xai=self._xai)
        item: dict[str, Any] = {"id": item_id, "type": "message", "status": status}
        item |= {"content": [] if begun else [part], "role": "assistant"}
        return item if self._plain else {**item, "phase": "final_answer"}


def _tails(body: dict[str, Any]) -> list[bytes]:
    """How delta events end: with padding of varying length, unless that is not wanted."""
    if child(body, "stream_options").get("include_obfuscation") is False:
        return [b"}\n\n"]
    return [b',"obfuscation":"%b"}\n\n' % padding for padding in PADDING]


def _item_id(block: Block) -> str:
    if block.tool is not None:
        return make_id(item_prefix(block), 48).lower()
    if block.file is not None:
        return make_id("ig_", 48).lower()
    prefix = {"call": "ctc_" if block.custom else "fc_", "thought": "rs_"}.get(block.kind, "msg_")
    return make_id(prefix, 48).lower()
