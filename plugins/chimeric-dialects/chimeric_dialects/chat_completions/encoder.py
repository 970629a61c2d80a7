"""An answer as ``chat.completion`` or its chunks, in OpenAI's words."""

from __future__ import annotations

import itertools
import time
from typing import Any

from chimeric_dialects.answers import Answer, Block, Done
from chimeric_dialects.ids import make_id
from chimeric_dialects.json_values import dumps
from chimeric_dialects.openai.errors import openai_error
from chimeric_dialects.openai.padding import PADDING
from chimeric_dialects.parts import Citation, File
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.sse import sse

from .executed_tools import executed_tool
from .media import annotation, audio_deltas, image, logprobs, pictures, whole_audio

__all__ = ["FINISH", "ChatEncoder", "tool_call"]

FINISH = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "stop",
    "pause": "stop",
}


class ChatEncoder:
    """OpenAI's chunks. Thoughts show as ``reasoning_content``, except in OpenAI's own models."""

    def __init__(self, prompt: Prompt, answer: Answer) -> None:
        self._answer = answer
        options = prompt.options
        self._hidden: bool = options["hidden"]
        self._usage: bool = options["usage"]
        self._old: bool = options.get("functions", False)
        self._customs: frozenset[str] = frozenset(options.get("customs", ()))
        self._head: dict[str, Any] = {
            "id": make_id("chatcmpl-", 29),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": prompt.model,
            **({} if prompt.plain else self._particulars()),
        }
        self._plain = prompt.plain
        self._counted = {"annotations": 0, "images": 0}
        self._role_sent = False
        self._begun: set[int] = set()
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
        told = more.pop("logprobs", None)
        choice = self._choice(delta, finish, told) | self._verdict(delta)
        frame = {**self._head, "choices": [choice]}
        if self._nulls():
            frame["usage"] = None
        return sse(None, {**frame, **more})

    def _nulls(self) -> bool:
        """Whether chunks without the usage say that they have none."""
        return self._usage

    def _choice(self, delta: dict[str, Any], finish: str | None, told: Any) -> dict[str, Any]:
        return {"index": 0, "delta": delta, "logprobs": told, "finish_reason": finish}

    def _verdict(self, delta: dict[str, Any]) -> dict[str, Any]:
        """What a content filter says of a piece; OpenAI itself tells nothing of its own."""
        return {}

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
        if block.kind in ("server_tool", "approval"):
            return b""  # nobody is told while it is at work
        if block.kind != "call":
            return self._first("" if block.kind == "text" else None)
        return self._called(block)

    def _called(self, block: Block) -> bytes:
        """A call begins; in the old form there is one alone, and it has no id."""
        if self._old:
            function = {"name": block.name, "arguments": ""}
            told: dict[str, Any] = {} if block.order else {"function_call": function}
        else:
            told = {"tool_calls": [{"index": block.order, **self._call(block, "")}]}
        return self._first(None, **told) or (self._chunk(told) if told else b"")

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "text":
            if block.tokens:
                return self._chunk({"content": text}, logprobs=self._fresh(block))
            return self._before + dumps(text) + next(self._tails)
        if block.kind == "refusal":
            return self._chunk({"refusal": text})
        if block.tool is not None:
            return b""
        if block.kind == "thought":
            return b"" if self._hidden else self._chunk(self._thought(text))
        function = {"arguments": text}
        if self._old:
            return b"" if block.order else self._chunk({"function_call": function})
        more = {"custom": {"input": text}} if self._is_custom(block) else {"function": function}
        return self._chunk({"tool_calls": [{"index": block.order, **more}]})

    def _is_custom(self, block: Block) -> bool:
        """Whether a call is one of the client's tools that take free text."""
        return block.custom and block.name in self._customs

    def _call(self, block: Block, text: str) -> dict[str, Any]:
        if self._is_custom(block):
            told = {"name": block.name, "input": text}
            return {"id": block.id, "type": "custom", "custom": told, **_signature(block)}
        function = {"name": block.name, "arguments": text}
        return {"id": block.id, "type": "function", "function": function, **_signature(block)}

    def _fresh(self, block: Block) -> dict[str, Any] | None:
        """Probabilities that have not been told yet."""
        fresh = block.tokens[block.told :]
        block.told = len(block.tokens)
        return logprobs(fresh) if fresh else None

    def phase(self, block: Block, preview: File | None) -> bytes:
        """Groq's form of a tool that has begun; OpenAI's own models tell of none."""
        tool = None if self._hidden else executed_tool(block, ended=False)
        if tool is None or block.index in self._begun:
            return b""
        self._begun.add(block.index)
        return self._executing(tool)

    def _executing(self, tool: dict[str, Any]) -> bytes:
        return self._first("") + self._chunk({"executed_tools": [tool]})

    def _executed(self, block: Block) -> bytes:
        tool = None if self._hidden else executed_tool(block, ended=True)
        if tool is None:
            return b""
        ended = self._chunk({"executed_tools": [tool]})
        return self.phase(block, None) + ended * (block.server_tool.endings if block.whole else 0)

    def cite(self, block: Block, citation: Citation) -> bytes:
        return b""  # all of them come at the end of the text

    def close(self, block: Block) -> bytes:
        if block.file is not None and block.file.media_type.startswith("audio/"):
            return b"".join(self._chunk({"audio": d}) for d in audio_deltas(block.file))
        if made := pictures(block):
            images = self._numbered("images", [image(file) for file in made])
            return self._first("") + self._chunk({"content": "", "images": images})
        if block.kind == "server_tool":
            return self._executed(block)
        if block.kind == "call":
            return self._signed(block)
        if annotations := self._annotations(block):
            return self._chunk({"annotations": self._numbered("annotations", annotations)})
        return b""

    def _signed(self, block: Block) -> bytes:
        """The signature of a call, as Gemini's chat completions have it."""
        if not block.signature or self._old:
            return b""
        told = {"index": block.order, "function": {"arguments": ""}, **_signature(block)}
        return self._chunk({"tool_calls": [told]})

    def _numbered(self, name: str, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Items of a list that later chunks add to.

        OpenAI's SDKs join lists by ``index`` and fail without; services that have such lists send
        none, or 0 for all.
        """
        if not self._plain:
            return told
        start = self._counted[name]
        self._counted[name] += len(told)
        return [{**item, "index": start + place} for place, item in enumerate(told)]

    def _annotations(self, block: Block) -> list[dict[str, Any]]:
        before = self._answer.blocks[: block.index]
        size = sum(len(b.text) for b in before if b.kind == "text")
        return [annotation(c, size) for c in block.citations if c.url]

    def _text(self, block: Block) -> str:
        return block.text

    def end(self, done: Done) -> bytes:
        last = self._first("") + self._last(self._reason(done))
        if self._usage and done.usage.known:
            last += sse(None, {**self._head, "choices": [], "usage": self._counts(done)})
        return last + b"data: [DONE]\n\n"

    def _last(self, finish: str) -> bytes:
        """The chunk that says how the answer ended."""
        return self._chunk({}, finish)

    def _reason(self, done: Done) -> str:
        reason = FINISH[done.reason]
        return "function_call" if self._old and reason == "tool_calls" else reason

    def fail(self, problem: Problem) -> bytes:
        return sse(None, openai_error(problem))

    def whole(self, done: Done) -> dict[str, Any]:
        tokens = [token for b in self._answer.blocks for token in b.tokens]
        choice = {
            "index": 0,
            "message": self._message(self._answer.blocks),
            "logprobs": logprobs(tokens) if tokens else None,
            "finish_reason": self._reason(done),
        }
        head = {**self._head, "object": "chat.completion"}
        usage = {"usage": self._counts(done)} if done.usage.known else {}
        return {**head, "choices": [choice], **usage}

    def _message(self, blocks: list[Block]) -> dict[str, Any]:
        text = "".join(self._text(b) for b in blocks if b.kind == "text")
        calls = [self._call(b, b.text) for b in blocks if b.kind == "call"]
        files = [b.file for b in blocks if b.file is not None]
        sounds = [file for file in files if file.media_type.startswith("audio/")]
        refusal = "".join(b.text for b in blocks if b.kind == "refusal") or None
        content = text if text or not (calls or sounds or refusal) else None
        message: dict[str, Any] = {"role": "assistant", "content": content}
        thought = "".join(b.text for b in blocks if b.kind == "thought")
        if thought and not self._hidden:
            message |= self._thought(thought)
        if calls and self._old:
            message["function_call"] = calls[0]["function"]
        elif calls:
            message["tool_calls"] = calls
        if images := [image(file) for block in blocks for file in pictures(block)]:
            message["images"] = images
        for sound in sounds:
            message["audio"] = whole_audio(sound)
        told = [executed_tool(b, ended=b.whole) for b in blocks]
        if (executed := [tool for tool in told if tool]) and not self._hidden:
            message["executed_tools"] = executed
        if refusal:
            return {**message, **self._message_extras(), "refusal": refusal}
        return {**message, **self._message_extras()}

    def _message_extras(self) -> dict[str, Any]:
        cited = [told for block in self._answer.blocks for told in self._annotations(block)]
        return {"refusal": None, "annotations": cited}

    def _counts(self, done: Done) -> dict[str, Any]:
        usage = done.usage
        return {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.total,
            "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": usage.reasoning,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }


def tool_call(block: Block) -> dict[str, Any]:
    function = {"name": block.name, "arguments": block.text}
    return {"id": block.id, "type": "function", "function": function}


def _signature(block: Block) -> dict[str, Any]:
    if not block.signature:
        return {}
    return {"extra_content": {"google": {"thought_signature": block.signature}}}
