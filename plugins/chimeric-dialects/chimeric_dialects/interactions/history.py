"""The ``input`` of an interaction, judged step by step."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from chimeric_dialects.gemini.history import is_dummy
from chimeric_dialects.json_values import is_array, is_object
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import ToolCall, ToolResult, Turn
from chimeric_dialects.service import Service

from .errors import invalid

__all__ = ["SIGNED", "History"]

SIGNED = ("interactions", "step")
"""What the signatures of steps are made of."""

_CONTENT = ("text", "image", "audio", "video", "document")
_SERVER = (
    *("google_search", "url_context", "code_execution", "file_search", "google_maps"),
    *("mcp_server_tool", "retrieval", "tool_search", "processing"),
)


class History:
    """Reads the steps one after the other, and remembers the calls that want a result."""

    def __init__(self, service: Service, *, signed: bool) -> None:
        self._service = service
        self._signed = signed
        self._turns: list[Turn] = []
        self._calls: dict[str, str] = {}
        self._server_calls: set[str] = set()
        self._thought = False

    def read(self, body: dict[str, Any]) -> list[Turn]:
        """The history, without the system instruction."""
        if previous := body.get("previous_interaction_id"):
            self._continue(previous)
        given = body.get("input", [])
        if isinstance(given, str):
            given = [{"type": "text", "text": given}]
        steps = given if is_array(given) else [given]
        if all(is_object(step) and step.get("type") in _CONTENT for step in steps) and steps:
            steps = [{"type": "user_input", "content": steps}]
        for index, step in enumerate(steps):
            if not is_object(step):
                raise invalid(f"input[{index}]")
            self._step(step, f"input[{index}]", steps[index:])
        if self._calls:
            missing = ", ".join(self._calls)
            raise Problem("bad_request", f"Function calls without a result: {missing}.")
        if not self._turns:
            raise invalid("input")
        return self._turns

    def _continue(self, previous: Any) -> None:
        turns = self._service.conversation(previous)
        if turns is None:
            raise Problem("not_found", f"Interaction '{previous}' not found.")
        self._turns = [msgspec.structs.replace(turn) for turn in turns]
        answered = {result.id for turn in turns for result in turn.results}
        calls = [call for turn in turns for call in turn.calls]
        self._calls = {call.id: call.name for call in calls if call.id not in answered}

    def _step(self, step: dict[str, Any], place: str, rest: list[Any]) -> None:
        kind = step.get("type")
        if kind == "thought":
            self._check_signature(step, place)
            if not is_array(step.get("summary", [])):
                raise invalid(f"{place}.summary")
            self._thought = bool(step.get("signature"))
        elif kind == "user_input":
            self._user(step, place)
        elif kind == "model_output":
            self._turn("assistant", self._text(step, place))
        elif kind == "function_call":
            self._call(step, place, last=not any(map(_is_user_text, rest)))
        elif kind == "function_result":
            self._turn("user", results=(self._result(step, place),))
        else:
            self._server_step(step, place)

    def _turn(self, role: Any, text: str = "", **more: Any) -> None:
        """Neighbours of one speaker are one turn."""
        last = self._turns[-1] if self._turns else None
        if last is None or last.role != role or (role == "user" and (text or last.text)):
            self._turns.append(Turn(role, text, **more))
            return
        last.text += text
        last.calls += more.get("calls", ())
        last.results += more.get("results", ())
        last.ran += more.get("ran", ())

    def _user(self, step: dict[str, Any], place: str) -> None:
        results = [
            self._result(content, f"{place}.content[{index}]")
            for index, content in enumerate(step.get("content") or ())
            if is_object(content) and content.get("type") == "function_result"
        ]
        if results:
            self._turn("user", results=tuple(results))
        if self._calls:
            raise Problem("bad_request", "A function call must be followed by its result.")
        if text := self._text(step, place):
            self._turn("user", text)
        elif not results:
            self._turns.append(Turn("user"))
        self._thought = False

    def _text(self, step: dict[str, Any], place: str) -> str:
        contents = step.get("content")
        if not is_array(contents) or not contents:
            raise invalid(f"{place}.content")
        texts: list[str] = []
        for index, content in enumerate(contents):
            at = f"{place}.content[{index}]"
            if is_object(content) and content.get("type") == "function_result":
                continue
            _check_content(content, at)
            texts.append(content.get("text") or "")
        return "".join(texts)

    def _call(self, step: dict[str, Any], place: str, *, last: bool) -> None:
        name, identity, arguments = step.get("name"), step.get("id"), step.get("arguments")
        for member, value, kind in (("name", name, str), ("id", identity, str)):
            if not isinstance(value, kind) or not value:
                raise invalid(f"{place}.{member}")
        if not is_object(arguments):
            raise invalid(f"{place}.arguments")
        if not self._turns:
            raise Problem("bad_request", "A function call must come after a user input.")
        if self._signed and last and not self._thought:
            raise Problem(
                "bad_request",
                f"Function call '{name}' is missing a thought_signature: the thought step before "
                "it must be sent back.",
            )
        if identity in self._calls:
            raise Problem("bad_request", f"Duplicate function call id '{identity}'.")
        self._calls[str(identity)] = str(name)
        call = ToolCall(str(identity), str(name), msgspec.json.encode(arguments).decode())
        self._turn("assistant", calls=(call,))

    def _result(self, step: dict[str, Any], place: str) -> ToolResult:
        call_id, result = step.get("call_id"), step.get("result")
        if call_id not in self._calls:
            message = f"Function result '{call_id}' does not match any function call."
            raise Problem("bad_request", message)
        name = self._calls.pop(str(call_id))
        if step.get("name") not in (None, name):
            raise Problem("bad_request", f"Function result '{step['name']}' is of '{name}'.")
        if not isinstance(step.get("is_error", False), bool):
            raise invalid(f"{place}.is_error")
        if is_array(result):
            for index, content in enumerate(result):
                _check_content(content, f"{place}.result[{index}]")
            text = "".join(content.get("text") or "" for content in result)
        elif isinstance(result, str):
            text = result
        elif is_object(result):
            text = msgspec.json.encode(result).decode()
        else:
            raise invalid(f"{place}.result")
        return ToolResult(str(call_id), text, name, step.get("is_error") is True)

    def _server_step(self, step: dict[str, Any], place: str) -> None:
        kind = str(step.get("type"))
        tool, _, half = kind.rpartition("_")
        if tool not in _SERVER or half not in ("call", "result"):
            raise invalid(f"{place}.type")
        self._check_signature(step, place)
        identity = step.get("id" if half == "call" else "call_id")
        if not isinstance(identity, str) or not identity:
            raise invalid(f"{place}.{'id' if half == 'call' else 'call_id'}")
        if half == "call":
            self._server_calls.add(identity)
            self._turn("assistant", ran=(tool,))
        elif identity not in self._server_calls:
            message = f"'{kind}' '{identity}' does not match any call."
            raise Problem("bad_request", message)

    def _check_signature(self, step: dict[str, Any], place: str) -> None:
        signature = step.get("signature")
        if not signature or is_dummy(signature):
            return
        if not self._service.signer.verify(*SIGNED, signature):
            raise Problem("bad_request", f"Corrupted thought signature at '{place}'.")


def _is_user_text(step: Any) -> bool:
    if not is_object(step) or step.get("type") != "user_input":
        return False
    contents = step.get("content") or ()
    return any(is_object(c) and c.get("type") != "function_result" for c in contents)


def _check_content(content: Any, place: str) -> None:
    if not is_object(content) or content.get("type") not in _CONTENT:
        raise invalid(f"{place}.type")
    if content["type"] == "text":
        if not isinstance(content.get("text"), str):
            raise invalid(f"{place}.text")
        return
    data, uri = content.get("data"), content.get("uri")
    if (data is None) == (uri is None):
        raise Problem("bad_request", f"Exactly one of 'data' and 'uri' is wanted at '{place}'.")
    if uri is not None:
        if not isinstance(uri, str) or not uri:
            raise invalid(f"{place}.uri")
        return
    if not isinstance(content.get("mime_type"), str):
        raise invalid(f"{place}.mime_type")
    try:
        base64.b64decode(str(data).replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        raise invalid(f"{place}.data") from None
