"""The ``input`` of Responses, read and judged item by item."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from chimeric_dialects.json_values import is_array, is_object
from chimeric_dialects.openai.errors import invalid_type, missing_parameter
from chimeric_dialects.openai.rules import check_image_url, check_tool_name
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Approval, ToolCall, ToolResult, Turn
from chimeric_dialects.service import Service

__all__ = ["History"]


_ROLES = ("assistant", "system", "developer", "user")


_PARTS = ("input_text", "input_image", "input_file", "output_text", "refusal")


_CALL_ID = re.compile(r"[\x20-\x7e]{1,64}")


_TOOL_ITEMS = {
    "web_search_call": "ws",
    "file_search_call": "fs",
    "code_interpreter_call": "ci",
    "image_generation_call": "ig",
    "mcp_list_tools": "mcpl",
    "mcp_call": "mcp",
    "mcp_approval_request": "mcpr",
}
"""Items of the service's own tools, and what their ids begin with."""


class History:
    """Reads the input items, and remembers the calls that want an answer."""

    def __init__(self, service: Service, *, official: bool, reasons: bool = True) -> None:
        self._service = service
        self._official = official
        self._reasons = reasons
        self._turns: list[Turn] = []
        self._calls: dict[str, str] = {}
        self._answered: set[str] = set()
        self._reasoning: dict[str, Any] | None = None
        self._thoughts: set[str] = set()
        self._asked: set[str] = set()

    def read(self, body: dict[str, Any]) -> list[Turn]:
        """The history, without instructions."""
        previous = body.get("previous_response_id")
        if previous:
            self._continue(previous)
        items = body.get("input")
        if items is None:
            if body.get("prompt"):
                return []
            raise missing_parameter("input")
        if isinstance(items, str):
            items = [{"role": "user", "content": items}]
        if not is_array(items):
            raise invalid_type("input", "one of a string or array of input items", items)
        for index, item in enumerate(items):
            if not is_object(item):
                raise invalid_type(f"input[{index}]", "an object", item)
            self._item(item, f"input[{index}]")
        self._check_reasoning_followed(None)
        for call_id in self._calls:
            if call_id not in self._answered:
                message = f"No tool output found for function call {call_id}."
                raise Problem("bad_request", message, param="input")
        if not self._turns:
            message = "Invalid 'input': empty array. Expected an array with minimum length 1."
            raise Problem("bad_request", message, param="input", code="empty_array")
        return self._turns

    def _continue(self, response_id: Any) -> None:
        """Go on from a stored response; calls without an answer still want one."""
        turns = self._service.conversation(response_id)
        if turns is None:
            message = f"Previous response with id '{response_id}' not found."
            code = "previous_response_not_found"
            raise Problem("bad_request", message, param="previous_response_id", code=code)
        self._turns = [msgspec.structs.replace(turn) for turn in turns]
        self._asked = {name for turn in turns for name in turn.asked}
        self._calls = {call.id: call.name for turn in turns for call in turn.calls}
        self._answered = {result.id for turn in turns for result in turn.results}

    def _item(self, item: dict[str, Any], place: str) -> None:
        kind = item.get("type", "message")
        if kind == "reasoning":
            if not self._reasons:
                message = (
                    "Reasoning input items can only be provided to a reasoning or computer use "
                    "model. Remove reasoning items from your input and try again."
                )
                raise Problem("bad_request", message, param="input")
            self._check_id(item, place, "rs")
            self._check_reasoning_followed(kind)
            self._read_reasoning(item, place)
            return
        self._check_reasoning_followed(kind)
        self._reasoning = None
        if kind == "message":
            self._check_id(item, place, "msg")
            self._turns.append(_read_message(item, place))
        elif kind == "custom_tool_call" and str(item.get("call_id")).startswith("xs_call_"):
            self._assistant().ran += (str(item.get("name")),)
        elif kind in ("function_call", "custom_tool_call"):
            self._read_call(item, place, "arguments" if kind == "function_call" else "input")
        elif kind in ("function_call_output", "custom_tool_call_output"):
            self._read_output(item, place)
        elif kind in _TOOL_ITEMS:
            self._read_server_tool(item, place, kind)
        elif kind == "mcp_approval_response":
            self._read_approval(item, place)
        elif kind not in ("item_reference", "compaction") and not kind.endswith(
            ("_call", "_output", "_tools", "_request", "_response")
        ):
            message = f"Invalid value: '{kind}'. Supported values are: 'message', 'reasoning', ..."
            raise Problem("bad_request", message, param=f"{place}.type", code="invalid_value")

    def _check_reasoning_followed(self, kind: str | None) -> None:
        if self._reasoning is not None and kind in (None, "function_call_output"):
            message = (
                f"Item '{self._reasoning.get('id')}' of type 'reasoning' was provided without its "
                "required following item."
            )
            raise Problem("bad_request", message, param="input")
        if self._reasoning is not None and kind == "message":
            self._reasoning = None

    def _read_reasoning(self, item: dict[str, Any], place: str) -> None:
        if not is_array(item.get("summary")):
            raise missing_parameter(f"{place}.summary")
        content = item.get("encrypted_content")
        verify = self._service.signer.verify
        if content is not None and not verify("encrypted", str(item.get("id")), content):
            message = (
                f"The encrypted content for item {item.get('id')} could not be verified. Reason: "
                "Encrypted content could not be decrypted or parsed."
            )
            raise Problem("bad_request", message, code="invalid_encrypted_content")
        self._reasoning = item
        self._thoughts.add(str(item.get("id")))

    def _read_call(self, item: dict[str, Any], place: str, key: str) -> None:
        call_id, name, arguments = item.get("call_id"), item.get("name"), item.get(key)
        if not isinstance(call_id, str) or not _CALL_ID.fullmatch(call_id):
            message = (
                f"Invalid '{place}.call_id': string too long or empty. Expected 1 to 64 characters."
            )
            raise Problem("bad_request", message, param=f"{place}.call_id", code="invalid_value")
        check_tool_name(name, f"{place}.name")
        if not isinstance(arguments, str):
            raise invalid_type(f"{place}.{key}", "a string", arguments)
        thought = self._service.thought_of(item.get("id"))
        if thought is not None and thought not in self._thoughts:
            message = (
                f"Item '{item['id']}' of type 'function_call' was provided without its required "
                f"'reasoning' item: '{thought}'."
            )
            raise Problem("bad_request", message, param="input")
        self._check_id(item, place, "fc" if key == "arguments" else "ctc")
        self._calls[call_id] = str(name)
        self._assistant().calls += (ToolCall(call_id, str(name), arguments),)

    def _assistant(self) -> Turn:
        """The turn of the assistant that an item belongs to."""
        if not self._turns or self._turns[-1].role != "assistant":
            self._turns.append(Turn("assistant"))
        return self._turns[-1]

    def _check_id(self, item: dict[str, Any], place: str, prefix: str) -> None:
        """An id of an item begins with its kind; other vendors' servers make others."""
        item_id = item.get("id")
        if item_id is None or not self._official or str(item_id).startswith(prefix):
            return
        message = f"Invalid '{place}.id': '{item_id}'. Expected an ID that begins with '{prefix}'."
        raise Problem("bad_request", message, param=f"{place}.id", code="invalid_value")

    def _read_server_tool(self, item: dict[str, Any], place: str, kind: str) -> None:
        prefix, item_id = _TOOL_ITEMS[kind], item.get("id")
        if not isinstance(item_id, str) or not item_id:
            raise missing_parameter(f"{place}.id")
        self._check_id(item, place, prefix)
        turn = self._assistant()
        if kind == "mcp_approval_request":
            self._asked.add(item_id)
            turn.asked += (item_id,)
        else:
            turn.ran += (kind.removesuffix("_call"),)

    def _read_approval(self, item: dict[str, Any], place: str) -> None:
        asked, approve = item.get("approval_request_id"), item.get("approve")
        if asked not in self._asked:
            message = f"No approval request found for approval response with id {asked}."
            raise Problem("bad_request", message, param="input")
        if not isinstance(approve, bool):
            raise invalid_type(f"{place}.approve", "a boolean", approve)
        approval = Approval(str(asked), approve, str(item.get("reason") or ""))
        self._turns.append(Turn("user", approvals=(approval,)))

    def _read_output(self, item: dict[str, Any], place: str) -> None:
        call_id = item.get("call_id")
        if call_id not in self._calls:
            message = f"No tool call found for function call output with call_id {call_id}."
            raise Problem("bad_request", message, param="input")
        if call_id in self._answered:
            # NousResearch/hermes-agent, issue 102629.
            message = (
                f"Duplicate function_call_output for call_id '{call_id}'. Each function_call must "
                "have exactly one matching function_call_output"
            )
            raise Problem("bad_request", message, param="input")
        output = item.get("output")
        if is_array(output):
            output = _read_parts(output, f"{place}.output", "user")
        if not isinstance(output, str):
            raise invalid_type(f"{place}.output", "one of a string or array of objects", output)
        self._answered.add(call_id)
        self._turns.append(
            Turn("tool", results=(ToolResult(call_id, output, self._calls[call_id]),))
        )


def _read_message(item: dict[str, Any], place: str) -> Turn:
    role = item.get("role")
    if role is None:
        raise missing_parameter(f"{place}.role")
    if role not in _ROLES:
        message = (
            f"Invalid value: '{role}'. Supported values are: 'assistant', 'system', 'developer', "
            "and 'user'."
        )
        raise Problem("bad_request", message, param=f"{place}.role", code="invalid_value")
    content = item.get("content")
    if is_array(content):
        content = _read_parts(content, f"{place}.content", role)
    if not isinstance(content, str):
        raise invalid_type(f"{place}.content", "one of a string or array of objects", content)
    return Turn("system" if role == "developer" else role, content)


def _read_parts(parts: list[Any], place: str, role: str) -> str:
    texts: list[str] = []
    allowed = ("output_text", "refusal") if role == "assistant" else _PARTS[:3]
    for index, part in enumerate(parts):
        where = f"{place}[{index}]"
        kind = part.get("type") if is_object(part) else None
        if kind not in allowed:
            names = ", ".join(f"'{p}'" for p in allowed)
            message = f"Invalid value: '{kind}'. Supported values are: {names}."
            raise Problem("bad_request", message, param=where, code="invalid_value")
        if kind == "input_image" and not part.get("file_id"):
            check_image_url(part.get("image_url"), f"{where}.image_url", official=True)
        elif kind == "input_file" and not (
            part.get("file_id") or part.get("file_data") or part.get("file_url")
        ):
            raise missing_parameter(f"{where}.file_data")
        elif kind in ("input_text", "output_text") and not isinstance(part.get("text"), str):
            raise invalid_type(f"{where}.text", "a string", part.get("text"))
        texts.append(part.get("text") or "")
    return "".join(texts)
