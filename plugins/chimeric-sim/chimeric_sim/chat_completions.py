"""OpenAI Chat Completions, also as Groq words it."""

from __future__ import annotations

import itertools
import time
from typing import Any

from .answers import Answer, Block, Done, make_id
from .chat_messages import RESERVED, read_messages
from .dialect import Desk, Dialect, dumps, sse
from .http import Reply, Request
from .openai_rules import (
    bearer,
    check_reasoning_limits,
    check_strict,
    check_tool_name,
    check_tool_schema,
    expect,
    missing_parameter,
    openai_error,
    openai_headers,
    openai_refusal,
    tool_choice_problem,
)
from .problems import Problem
from .prompts import Offer, Prompt
from .scripts import IdMaker, Script
from .shapes import child, is_array, is_object

__all__ = ["ChatCompletions"]

_FINISH = {"stop": "stop", "stop_sequence": "stop", "length": "length", "tool_calls": "tool_calls"}
_PADDING = (b"", b"aB", b"3kQx", b"Vw", b"m7PzLt", b"Qe9", b"xD2ab", b"K", b"t0Yu8W", b"sGh1")


class ChatCompletions(Dialect):
    """``POST /chat/completions`` under any prefix; ``/openai/v1`` speaks Groq's variant."""

    ids = IdMaker()

    def key(self, request: Request) -> str | None:
        return bearer(request)

    def headers(self, prompt: Prompt) -> dict[str, str]:
        if prompt.options["groq"]:
            return {"x-groq-region": "sim", "x-ratelimit-limit-requests": "14400"}
        return openai_headers()

    def refuse(self, problem: Problem) -> Reply:
        return openai_refusal(problem)

    def read(self, request: Request, body: dict[str, Any], desk: Desk) -> Prompt:
        groq = request.path.startswith("/openai/")
        model = expect(body, "model", str, "you must provide a model parameter")
        behaviour = self.behaviour(model)
        official = model.startswith(("gpt-", "o1", "o3", "o4")) and "oss" not in model
        _check_parameters(body, official=official)
        if official:
            check_reasoning_limits(model, body, body.get("reasoning_effort"))
        turns = read_messages(body)
        offers = _read_tools(body)
        choice = _read_choice(body, offers)
        stop = body.get("stop") or ()
        stream_options = child(body, "stream_options")
        if stream_options and not body.get("stream"):
            message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
            raise Problem("bad_request", message, param="stream_options")
        effort = body.get("reasoning_effort")
        return Prompt(
            model=model,
            behaviour=behaviour,
            turns=turns,
            offers=offers,
            choice=choice,
            parallel=body.get("parallel_tool_calls") is not False,
            max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
            stop=(stop,) if isinstance(stop, str) else tuple(stop),
            seed=body.get("seed"),
            schema=_read_format(body),
            thinking=None if effort is None else effort != "none",
            stream=bool(body.get("stream")),
            options={
                "groq": groq,
                "hidden": official,
                "usage": bool(stream_options.get("include_usage")),
                "padding": not groq and stream_options.get("include_obfuscation", True),
            },
        )

    def encoder(self, prompt: Prompt, script: Script, desk: Desk) -> ChatEncoder:
        return ChatEncoder(prompt)


class ChatEncoder:
    """One answer as ``chat.completion`` or as its chunks."""

    def __init__(self, prompt: Prompt) -> None:
        options = prompt.options
        self._groq: bool = options["groq"]
        self._hidden: bool = options["hidden"]
        self._usage: bool = options["usage"]
        self._head: dict[str, Any] = {
            "id": make_id("chatcmpl-", 29),
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": prompt.model,
            "service_tier": "default",
            "system_fingerprint": "fp_sim0000001",
        }
        self._request_id = make_id("req_01", 24).lower()
        if self._groq:
            del self._head["service_tier"]
        self._thought_key = "reasoning" if self._groq else "reasoning_content"
        self._role_sent = False
        self._make_text_frame(padded=options["padding"])

    def _make_text_frame(self, *, padded: bool) -> None:
        """Everything of a text chunk but its text, encoded once."""
        before, after = self._chunk({"content": "\x00"}).split(b'"\\u0000"')
        self._before = before
        tails = [after]
        if padded:
            tail = after.removesuffix(b"}\n\n")
            tails = [tail + b',"obfuscation":"%b"}\n\n' % p for p in _PADDING]
        self._tails = itertools.cycle(tails)

    def _chunk(self, delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        frame = {**self._head, "choices": [choice]}
        if self._usage and not self._groq:
            frame["usage"] = None
        return sse(None, {**frame, **more})

    def begin(self) -> bytes:
        return b""

    def _first(self, content: str | None) -> bytes:
        if self._role_sent:
            return b""
        self._role_sent = True
        delta = {"role": "assistant", "content": content}
        if self._groq:
            return self._chunk(delta, x_groq={"id": self._request_id})
        return self._chunk({**delta, "refusal": None})

    def open(self, block: Block) -> bytes:
        if block.kind == "thought":
            return b"" if self._hidden else self._first(None)
        if block.kind != "call":
            return self._first("")
        function = {"name": block.name, "arguments": ""}
        call = {"index": block.order, "id": block.id, "type": "function", "function": function}
        if self._groq:
            return self._first(None)
        if not self._role_sent:
            self._role_sent = True
            return self._chunk({"role": "assistant", "content": None, "tool_calls": [call]})
        return self._chunk({"tool_calls": [call]})

    def piece(self, block: Block, text: str) -> bytes:
        if block.kind == "text":
            return self._before + dumps(text) + next(self._tails)
        if block.kind == "thought":
            return b"" if self._hidden else self._chunk({self._thought_key: text})
        if self._groq:
            return b""
        return self._chunk(
            {"tool_calls": [{"index": block.order, "function": {"arguments": text}}]}
        )

    def close(self, block: Block) -> bytes:
        if block.kind != "call" or not self._groq:
            return b""
        call = {**_call(block), "index": block.order}
        return self._chunk({"tool_calls": [call]})

    def end(self, done: Done) -> bytes:
        finish = _FINISH[done.reason]
        if self._groq:
            x_groq = {"id": self._request_id, "usage": self._groq_usage(done)}
            last = self._first("") + self._chunk({}, finish, x_groq=x_groq)
        else:
            last = self._first("") + self._chunk({}, finish)
        if self._usage:
            usage = self._groq_usage(done) if self._groq else _usage(done)
            last += sse(None, {**self._head, "choices": [], "usage": usage})
        return last + b"data: [DONE]\n\n"

    def fail(self, problem: Problem) -> bytes:
        error = openai_error(problem)
        if self._groq:
            error["error"]["status_code"] = 503
            return sse("error", error)
        return sse(None, error)

    def whole(self, answer: Answer, done: Done) -> object:
        blocks = answer.blocks
        text = "".join(b.text for b in blocks if b.kind == "text")
        calls = [_call(b) for b in blocks if b.kind == "call"]
        message: dict[str, Any] = {
            "role": "assistant",
            "content": text if text or not calls else None,
        }
        thought = "".join(b.text for b in blocks if b.kind == "thought")
        if thought and not self._hidden:
            message[self._thought_key] = thought
        if calls:
            message["tool_calls"] = calls
        if not self._groq:
            message.update({"refusal": None, "annotations": []})
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": _FINISH[done.reason],
        }
        usage = self._groq_usage(done) if self._groq else _usage(done)
        whole = {**self._head, "object": "chat.completion", "choices": [choice], "usage": usage}
        if self._groq:
            whole["x_groq"] = {"id": self._request_id}
        return whole

    @staticmethod
    def _groq_usage(done: Done) -> dict[str, Any]:
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


def _call(block: Block) -> dict[str, Any]:
    function = {"name": block.name, "arguments": block.text}
    return {"id": block.id, "type": "function", "function": function}


def _usage(done: Done) -> dict[str, Any]:
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


def _check_parameters(body: dict[str, Any], *, official: bool) -> None:
    unknown = [key for key in body if key not in RESERVED]
    if official and unknown:
        message = f"Unrecognized request argument supplied: {unknown[0]}"
        raise Problem("bad_request", message, param=unknown[0], code="unknown_parameter")
    expect(body, "stream", bool, None)
    expect(body, "max_tokens", int, None)
    expect(body, "max_completion_tokens", int, None)
    expect(body, "seed", int, None)
    for key, low, high in (("temperature", 0, 2), ("top_p", 0, 1)):
        value = body.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            message = f"Invalid type for '{key}': expected a decimal, but got {value!r} instead."
            raise Problem("bad_request", message, param=key, code="invalid_type")
        if not low <= value <= high:
            side, bound = ("above_max", high) if value > high else ("below_min", low)
            word = "maximum" if value > high else "minimum"
            message = (
                f"Invalid '{key}': decimal {side.split('_')[0]} {word} value. Expected a value "
                f"{'<=' if value > high else '>='} {bound}, but got {value} instead."
            )
            raise Problem("bad_request", message, param=key, code=f"decimal_{side}_value")
    if (body.get("n") or 1) != 1:
        raise Problem("bad_request", "The simulator makes one choice: 'n' must be 1.", param="n")
    stop = body.get("stop")
    if is_array(stop) and len(stop) > 4:
        message = "Invalid 'stop': array too long. Expected an array with maximum length 4."
        raise Problem("bad_request", message, param="stop", code="array_above_max_length")


def _read_tools(body: dict[str, Any]) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    for index, tool in enumerate(expect(body, "tools", list, None) or ()):
        place = f"tools[{index}]"
        kind = tool.get("type") if is_object(tool) else None
        if kind not in ("function", "custom"):
            if kind in ("browser_search", "code_interpreter"):
                continue
            message = f"Invalid value: '{kind}'. Supported values are: 'function' and 'custom'."
            raise Problem("bad_request", message, param=f"{place}.type", code="invalid_value")
        inner = tool.get(kind)
        if not is_object(inner):
            raise missing_parameter(f"{place}.{kind}")
        name = check_tool_name(inner.get("name"), f"{place}.{kind}.name")
        if kind == "custom":
            offers.append(Offer(name, {}, custom=True))
            continue
        schema: dict[str, Any] = inner.get("parameters") or {"type": "object", "properties": {}}
        check_tool_schema(name, schema, f"{place}.function.parameters")
        if inner.get("strict"):
            check_strict(schema, f"function '{name}'", f"{place}.function.parameters")
        offers.append(Offer(name, schema))
    if "tools" in body and body["tools"] == []:
        message = "Invalid 'tools': empty array. Expected an array with minimum length 1."
        raise Problem("bad_request", message, param="tools", code="empty_array")
    return tuple(offers)


def _read_choice(body: dict[str, Any], offers: tuple[Offer, ...]) -> str:
    choice = body.get("tool_choice")
    if choice is None:
        return "auto"
    if not offers:
        message = (
            "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are "
            "specified."
        )
        raise Problem("bad_request", message, param="tool_choice")
    if isinstance(choice, str):
        if choice in ("none", "auto", "required"):
            return choice
        raise tool_choice_problem(choice)
    kind = choice.get("type")
    if kind == "allowed_tools":
        return str(choice.get("allowed_tools", {}).get("mode", "auto"))
    name = child(choice, str(kind)).get("name")
    if name not in [offer.name for offer in offers]:
        message = f"Tool choice '{name}' not found in 'tools' parameter."
        raise Problem("bad_request", message, param="tool_choice")
    return str(name)


def _read_format(body: dict[str, Any]) -> dict[str, Any] | None:
    wanted = body.get("response_format")
    if wanted is None or wanted.get("type") == "text":
        return None
    if wanted.get("type") == "json_object":
        if "json" not in str(body.get("messages")).lower():
            message = (
                "'messages' must contain the word 'json' in some form, to use 'response_format' "
                "of type 'json_object'."
            )
            raise Problem("bad_request", message, param="messages")
        return {}
    inner = wanted.get("json_schema")
    if wanted.get("type") != "json_schema" or not is_object(inner):
        raise missing_parameter("response_format.json_schema")
    check_tool_name(inner.get("name"), "response_format.json_schema.name")
    schema = child(inner, "schema")
    if inner.get("strict"):
        place = "response_format.json_schema.schema"
        check_strict(schema, f"response_format '{inner['name']}'", place)
    return schema
