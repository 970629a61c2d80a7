"""How services that follow OpenAI word their answers: a row for each, and one encoder for all.

Where a row names no other source, its facts are of recordings of the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from chimeric_dialects.answers import Answer, Block, Done, Usage
from chimeric_dialects.chat_completions.encoder import FINISH, ChatEncoder, tool_call
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.sse import sse

__all__ = ["FORMS", "Form", "FormEncoder"]

NOTHING: Mapping[str, Any] = {}


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What is particular about a service's answers.

    Attributes:
        reasoning: the field of thoughts.
        usage: where a stream tells it: in a chunk of its own where it is ``asked``, in the chunk
            with the ``finish`` reason where it is asked, or there ``always``.
        counts: what its usage has besides.
        stop: its word for ``stop``.
        whole_calls: whether a call comes in one chunk.
        blank_ids: whether later pieces of a call have an empty id, and a last one nothing at all.
        absent: whether what is not set is left out, where others say null.
        ends: whether ``[DONE]`` stands at the end.
        silent: part of a model's name; with calls these end without any reason.
        told: top-level fields of every chunk.
        last: those of the last chunk and of a whole answer.
    """

    reasoning: str = "reasoning_content"
    usage: Literal["asked", "finish", "always"] = "asked"
    counts: Callable[[Usage], dict[str, Any]] | None = None
    stop: str = "stop"
    whole_calls: bool = False
    blank_ids: bool = False
    absent: bool = False
    ends: bool = True
    silent: str = ""
    told: Mapping[str, Any] = NOTHING
    last: Mapping[str, Any] = NOTHING


def _hits(usage: Usage) -> dict[str, Any]:
    return {"prompt_cache_hit_tokens": 0, "prompt_cache_miss_tokens": usage.input}


def _cached(usage: Usage) -> dict[str, Any]:
    return {"cached_tokens": 0}


TIMES = {"queue_time": 0.01, "prompt_time": 0.002, "completion_time": 0.1, "total_time": 0.112}

FORMS: dict[str, Form] = {
    # Its SDK types more than recordings have; both end with no [DONE].
    "cerebras": Form(
        reasoning="reasoning",
        usage="always",
        whole_calls=True,
        absent=True,
        ends=False,
        last={"time_info": TIMES},
    ),
    "dashscope": Form(blank_ids=True),
    "deepseek": Form(usage="finish", counts=_hits),
    # Its SDK's type of a chunk; the SDK has no field to ask for the usage with.
    "fireworks": Form(usage="always"),
    # As the provider behind sends it; this is Together's, which the recordings were made with.
    "huggingface": Form(reasoning="reasoning", counts=_cached),
    # The Vercel AI SDK's fixture of a stream.
    "moonshot": Form(usage="finish", counts=_cached),
    # earendil-works/pi, issue 6225: GLM-5.1 tells no reason after calls.
    "nvidia": Form(silent="glm-5.1"),
    # "eos" and `warnings` are of its SDK's types.
    "together": Form(reasoning="reasoning", stop="eos", counts=_cached, last={"warnings": []}),
    # Z.ai's SDK: a call comes whole unless `tool_stream` is set, and nothing asks for the usage.
    "zai": Form(usage="always", whole_calls=True, told={"request_id": "2026112800000000sim"}),
}


class FormEncoder(ChatEncoder):
    """Words an answer by the row of the prompt's service."""

    def __init__(self, prompt: Prompt, answer: Answer) -> None:
        self._form = FORMS[prompt.options["variant"]]
        self._whole_calls = self._form.whole_calls and not prompt.body.get("tool_stream")
        self._silent = bool(self._form.silent) and self._form.silent in prompt.model.lower()
        super().__init__(prompt, answer)

    def _particulars(self) -> dict[str, Any]:
        return {"system_fingerprint": "fp_sim0000001", **self._form.told}

    def _choice(self, delta: dict[str, Any], finish: str | None, told: Any) -> dict[str, Any]:
        choice = super()._choice(delta, finish, told)
        if not self._form.absent:
            return choice
        return {k: v for k, v in choice.items() if v is not None}

    def _nulls(self) -> bool:
        return super()._nulls() and not self._form.absent

    def _first(self, content: str | None, **more: Any) -> bytes:
        if self._role_sent:
            return b""
        self._role_sent = True
        said = {} if self._form.absent else {"content": content}
        return self._chunk({"role": "assistant", **said, **more})

    def _thought(self, text: str) -> dict[str, Any]:
        return {self._form.reasoning: text}

    def open(self, block: Block) -> bytes:
        if block.kind == "call" and self._whole_calls:
            return self._first(None)
        return super().open(block)

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind != "call":
            return super().piece(block, text)
        return b"" if self._whole_calls else self._fragment(block, text)

    def _fragment(self, block: Block, text: str) -> bytes:
        call: dict[str, Any] = {"index": block.order, "function": {"arguments": text}}
        if self._form.blank_ids:
            call = {**call, "id": "", "type": "function"}
        return self._chunk({"tool_calls": [call]})

    def close(self, block: Block) -> bytes:
        if block.kind != "call":
            return super().close(block)
        if self._whole_calls:
            return self._chunk({"tool_calls": [{**tool_call(block), "index": block.order}]})
        return self._fragment(block, "") if self._form.blank_ids else b""

    def end(self, done: Done) -> bytes:
        form = self._form
        asked = form.usage == "always" or (self._usage and form.usage == "finish")
        more = {"usage": self._counts(done)} if asked else {}
        calls = any(block.kind == "call" for block in self._answer.blocks)
        last = self._first("")
        if not (self._silent and calls):
            last += self._chunk({}, self._finish(done), **more, **form.last)
        if self._usage and form.usage == "asked":
            last += sse(None, {**self._head, "choices": [], "usage": self._counts(done)})
        return last + (b"data: [DONE]\n\n" if form.ends else b"")

    def _finish(self, done: Done) -> str:
        word = FINISH[done.reason]
        return self._form.stop if word == "stop" else word

    def fail(self, problem: Problem) -> bytes:
        if self._form.absent:  # Cerebras: its SDK's type of an error in a stream
            told = {"id": None, "type": "server_error", "code": "internal", "param": None}
            error = {**told, "message": problem.message}
            return sse(None, {"error": error, "status_code": 503})
        return super().fail(problem)

    def whole(self, done: Done) -> dict[str, Any]:
        whole = {**super().whole(done), **self._form.last}
        for choice in whole["choices"]:
            choice["finish_reason"] = self._finish(done)
        return whole

    def _message_extras(self) -> dict[str, Any]:
        return {}

    def _counts(self, done: Done) -> dict[str, Any]:
        usage = done.usage
        details = {"reasoning_tokens": usage.reasoning}
        return {
            "prompt_tokens": usage.input,
            "completion_tokens": usage.output,
            "total_tokens": usage.total,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": details,
            **(self._form.counts(usage) if self._form.counts else {}),
        }
