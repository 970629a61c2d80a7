"""An answer as ``chat.completion`` or its chunks: OpenAI's words, and those of Groq and Mistral."""

from __future__ import annotations

import itertools
import time
from typing import Any

from .answers import Answer, Block, Done, make_id
from .dialect import dumps, sse
from .openai_rules import openai_error
from .problems import Problem
from .prompts import Prompt

__all__ = ["PADDING", "ChatEncoder", "GroqEncoder", "MistralEncoder"]

_FINISH = {"stop": "stop", "stop_sequence": "stop", "length": "length", "tool_calls": "tool_calls"}
PADDING = (b"", b"aB", b"3kQx", b"Vw", b"m7PzLt", b"Qe9", b"xD2ab", b"K", b"t0Yu8W", b"sGh1")


class ChatEncoder:
    """OpenAI's chunks. Thoughts show as ``reasoning_content``, except in OpenAI's own models."""

    def __init__(self, prompt: Prompt) -> None:
        options = prompt.options
        self._hidden: bool = options["hidden"]
        self._usage: bool = options["usage"]
        self._head: dict[str, Any] = {
            "id": make_id("chatcmpl-", 29),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": prompt.model,
            **self._particulars(),
        }
        self._role_sent = False
        # Everything of a text chunk but its text is encoded once.
        self._before, after = self._chunk({"content": "\x00"}).split(b'"\\u0000"')
        tails = [after]
        if options["padding"]:
            tail = after.removesuffix(b"}\n\n")
            tails = [tail + b',"obfuscation":"%b"}\n\n' % p for p in PADDING]
        self._tails = itertools.cycle(tails)

    def _particulars(self) -> dict[str, Any]:
        return {"service_tier": "default", "system_fingerprint": "fp_sim0000001"}

    def _chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        frame = {**self._head, "choices": [choice]}
        if self._usage:
            frame["usage"] = None
        return sse(None, {**frame, **more})

    def _first(self, content: str | None, **more: Any) -> bytes:
        """The chunk with the role, before everything else."""
        if self._role_sent:
            return b""
        self._role_sent = True
        return self._chunk({"role": "assistant", "content": content, "refusal": None, **more})

    def _thought(self, text: str) -> dict[str, Any]:
        return {"reasoning_content": text}

    def begin(self) -> bytes:
        return b""

    def open(self, block: Block) -> bytes:
        if block.kind == "thought":
            return b"" if self._hidden else self._first(None)
        if block.kind != "call":
            return self._first("")
        function = {"name": block.name, "arguments": ""}
        call = {"index": block.order, "id": block.id, "type": "function", "function": function}
        return self._first(None, tool_calls=[call]) or self._chunk({"tool_calls": [call]})

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "text":
            return self._before + dumps(text) + next(self._tails)
        if block.kind == "thought":
            return b"" if self._hidden else self._chunk(self._thought(text))
        function = {"arguments": text}
        return self._chunk({"tool_calls": [{"index": block.order, "function": function}]})

    def close(self, block: Block) -> bytes:
        return b""

    def end(self, done: Done) -> bytes:
        last = self._first("") + self._chunk({}, _FINISH[done.reason])
        if self._usage:
            last += sse(None, {**self._head, "choices": [], "usage": self._counts(done)})
        return last + b"data: [DONE]\n\n"

    def fail(self, problem: Problem) -> bytes:
        return sse(None, openai_error(problem))

    def whole(self, answer: Answer, done: Done) -> object:
        choice = {
            "index": 0,
            "message": self._message(answer.blocks),
            "logprobs": None,
            "finish_reason": _FINISH[done.reason],
        }
        head = {**self._head, "object": "chat.completion"}
        return {**head, "choices": [choice], "usage": self._counts(done)}

    def _message(self, blocks: list[Block]) -> dict[str, Any]:
        text = "".join(b.text for b in blocks if b.kind == "text")
        calls = [_call(b) for b in blocks if b.kind == "call"]
        content = text if text or not calls else None
        message: dict[str, Any] = {"role": "assistant", "content": content}
        thought = "".join(b.text for b in blocks if b.kind == "thought")
        if thought and not self._hidden:
            message |= self._thought(thought)
        if calls:
            message["tool_calls"] = calls
        return {**message, **self._message_extras()}

    def _message_extras(self) -> dict[str, Any]:
        return {"refusal": None, "annotations": []}

    def _counts(self, done: Done) -> dict[str, Any]:
        usage = done.usage
        return {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.total,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": usage.reasoning,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }


class GroqEncoder(ChatEncoder):
    """Groq: ``x_groq``, ``reasoning``, whole calls in one chunk, errors as named events."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(prompt)
        self._request_id = make_id("req_01", 24).lower()

    def _particulars(self) -> dict[str, Any]:
        return {"system_fingerprint": "fp_sim0000001"}

    def _first(self, content: str | None, **more: Any) -> bytes:
        if self._role_sent:
            return b""
        self._role_sent = True
        delta = {"role": "assistant", "content": content}
        return self._chunk(delta, x_groq={"id": self._request_id})

    def _thought(self, text: str) -> dict[str, Any]:
        return {"reasoning": text}

    def open(self, block: Block) -> bytes:
        return self._first(None if block.kind == "call" else "")

    def piece(self, block: Block, text: str) -> bytes:
        return b"" if block.kind == "call" else super().piece(block, text)

    def close(self, block: Block) -> bytes:
        if block.kind != "call":
            return b""
        return self._chunk({"tool_calls": [{**_call(block), "index": block.order}]})

    def end(self, done: Done) -> bytes:
        counts = self._counts(done)
        x_groq = {"id": self._request_id, "usage": counts}
        last = self._first("") + self._chunk({}, _FINISH[done.reason], x_groq=x_groq)
        if self._usage:
            last += sse(None, {**self._head, "choices": [], "usage": counts})
        return last + b"data: [DONE]\n\n"

    def fail(self, problem: Problem) -> bytes:
        error = openai_error(problem)
        error["error"]["status_code"] = 503
        return sse("error", error)

    def whole(self, answer: Answer, done: Done) -> object:
        whole = super().whole(answer, done)
        return {**whole, "x_groq": {"id": self._request_id}}  # type: ignore[dict-item]

    def _message_extras(self) -> dict[str, Any]:
        return {}

    def _counts(self, done: Done) -> dict[str, Any]:
        usage = done.usage
        return {
            "queue_time": 0.01,
            "prompt_tokens": usage.input,
            "prompt_time": 0.002,
            "completion_tokens": usage.output,
            "completion_time": usage.output / 500,
            "total_tokens": usage.total,
            "total_time": 0.002 + usage.output / 500,
            "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
        }


class MistralEncoder(ChatEncoder):
    """Mistral: thoughts as parts of the content; calls, finish and usage in the last chunk."""

    def __init__(self, prompt: Prompt) -> None:
        super().__init__(prompt)
        self._calls: list[dict[str, Any]] = []

    def _particulars(self) -> dict[str, Any]:
        return {}

    def _first(self, content: str | None, **more: Any) -> bytes:
        if self._role_sent:
            return b""
        self._role_sent = True
        return self._chunk({"role": "assistant", "content": ""})

    def _thought(self, text: str) -> dict[str, Any]:
        return {"content": [_thinking(text)]}

    def open(self, block: Block) -> bytes:
        return b"" if block.kind == "call" else self._first("")

    def piece(self, block: Block, text: str) -> bytes:
        return b"" if block.kind == "call" else super().piece(block, text)

    def close(self, block: Block) -> bytes:
        if block.kind == "call":
            self._calls.append({**_call(block), "index": block.order})
        return b""

    def end(self, done: Done) -> bytes:
        delta: dict[str, Any] = {"content": ""}
        if self._calls:
            delta = {"content": None, "tool_calls": self._calls}
        last = self._chunk(delta, _FINISH[done.reason], usage=self._counts(done))
        return self._first("") + last + b"data: [DONE]\n\n"

    def _message(self, blocks: list[Block]) -> dict[str, Any]:
        message = super()._message([b for b in blocks if b.kind != "thought"])
        thought = "".join(b.text for b in blocks if b.kind == "thought")
        if thought:
            text = {"type": "text", "text": message["content"] or ""}
            message["content"] = [_thinking(thought), *([text] if text["text"] else [])]
        return message

    def _message_extras(self) -> dict[str, Any]:
        return {}

    def _counts(self, done: Done) -> dict[str, Any]:
        usage = done.usage
        counts = {"prompt_tokens": usage.input, "completion_tokens": usage.output}
        return {**counts, "total_tokens": usage.total}


def _call(block: Block) -> dict[str, Any]:
    function = {"name": block.name, "arguments": block.text}
    return {"id": block.id, "type": "function", "function": function}


def _thinking(text: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}
