"""The contents of Gemini's generateContent, judged part by part."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from chimeric_dialects.json_values import is_array, is_object
from chimeric_dialects.prompts import ToolCall, ToolResult, Turn
from chimeric_dialects.service import Service

from .errors import bad_request
from .rules import camel

__all__ = ["History", "is_dummy"]


_DUMMY = "skip_thought_signature_validator"


_DUMMIES = (_DUMMY, base64.b64encode(_DUMMY.encode()).decode())


_PARTS = [
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
]


class History:
    """Reads the contents one after the other, and remembers the calls that want an answer."""

    def __init__(self, service: Service, *, signed: bool) -> None:
        self._signer = service.signer
        self._signed = signed
        self._calls: list[ToolCall] = []

    def read(self, contents: Any) -> list[Turn]:
        """The history, without system instructions."""
        if not contents:
            raise bad_request("* GenerateContentRequest.contents: contents is not specified\n")
        if not is_array(contents):
            contents = [contents]
        turns: list[Turn] = []
        last_user = max((i for i, c in enumerate(contents) if _is_user_text(c)), default=0)
        for index, raw in enumerate(contents):
            content = camel(raw)
            role = content.get("role", "user")
            if role not in ("user", "model", "function"):
                raise bad_request("Please use a valid role: user, model.")
            parts = [camel(part) for part in content.get("parts") or ()]
            if not parts:
                where = f"GenerateContentRequest.contents[{index}].parts"
                raise bad_request(f"* {where}: contents.parts must not be empty.\n")
            if role == "model":
                turns.append(self._model(parts, index, current=index > last_user))
            else:
                turns.append(self._user(parts, index))
        if self._calls:
            raise bad_request(_COUNT)
        return turns

    def _model(self, parts: list[dict[str, Any]], index: int, *, current: bool) -> Turn:
        if self._calls:
            raise bad_request(_COUNT)
        texts: list[str] = []
        for place, part in enumerate(parts):
            self._check_part(part, index, place)
            if "text" in part and not part.get("thought"):
                texts.append(part["text"])
            if "functionCall" in part:
                first = not self._calls
                self._calls.append(self._call(part, place, first and current))
        if self._calls and index == 0:
            raise bad_request(_AFTER_USER)
        return Turn("assistant", "".join(texts), tuple(self._calls))

    def _call(self, part: dict[str, Any], place: int, needs_signature: bool) -> ToolCall:
        call = camel(part["functionCall"])
        name: Any = call.get("name")
        arguments: Any = call.get("args") or {}
        if not isinstance(name, str) or not name:
            raise bad_request("Function call: name cannot be empty.")
        if not is_object(arguments):
            raise bad_request("Invalid value at 'function_call.args' (type.googleapis.com/Struct)")
        if needs_signature and self._signed and not part.get("thoughtSignature"):
            message = (
                "Function call is missing a thought_signature in functionCall parts. This is "
                "required for tools to work correctly, and missing thought_signature may lead to "
                f"degraded model performance. Function call `default_api:{name}`, position "
                f"{place + 1}."
            )
            raise bad_request(message)
        return ToolCall(str(call.get("id") or ""), name, msgspec.json.encode(arguments).decode())

    def _user(self, parts: list[dict[str, Any]], index: int) -> Turn:
        texts: list[str] = []
        results: list[ToolResult] = []
        for place, part in enumerate(parts):
            self._check_part(part, index, place)
            if "functionResponse" in part:
                results.append(self._result(camel(part["functionResponse"])))
            elif "functionCall" in part:
                raise bad_request("Function calls are only allowed in contents of the role model.")
            else:
                texts.append(part.get("text") or "")
        if results and not self._calls:
            message = (
                "Please ensure that function response turn comes immediately after a function "
                "call turn."
            )
            raise bad_request(message)
        if len(results) != len(self._calls):
            raise bad_request(_COUNT)
        for call, result in zip(self._calls, results, strict=True):
            if call.name != result.name or (result.id and call.id and call.id != result.id):
                raise bad_request(
                    f"Function response '{result.name}' does not match the function calls."
                )
        self._calls = []
        return Turn("user", "".join(texts), (), tuple(results))

    @staticmethod
    def _result(response: dict[str, Any]) -> ToolResult:
        name, value = response.get("name"), response.get("response")
        if not isinstance(name, str) or not name:
            where = "GenerateContentRequest.contents.parts.function_response.name"
            raise bad_request(f"* {where}: Name cannot be empty.\n")
        if not is_object(value):
            raise bad_request(
                "Invalid value at 'function_response.response' (google.protobuf.Struct)"
            )
        if _refers(value):
            raise bad_request(
                "The referenced name in function_response.response does not match to display_name "
                "in function_response.parts."
            )
        failed = "error" in value
        shown = value.get("error", value.get("output", value.get("result", value)))
        text = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode()
        return ToolResult(str(response.get("id") or ""), text, name, failed)

    def _check_part(self, part: dict[str, Any], index: int, place: int) -> None:
        kinds = [key for key in _PARTS if key in part]
        where = f"contents[{index}].parts[{place}]"
        if len(kinds) != 1:
            message = (
                f"* GenerateContentRequest.{where}.data: required oneof field 'data' must have "
                "one initialized field"
            )
            raise bad_request(message)
        if kinds[0] == "text" and not isinstance(part["text"], str):
            raise bad_request(f"Invalid value at '{where}.text' (TYPE_STRING)")
        if kinds[0] == "inlineData":
            media = camel(part["inlineData"])
            if not media.get("mimeType") or not media.get("data"):
                raise bad_request(
                    f"Unable to process input image: '{where}' wants mimeType and data."
                )
            _check_base64(media["data"], f"{where}.inline_data.data")
        if kinds[0] == "fileData" and not camel(part["fileData"]).get("fileUri"):
            raise bad_request(f"* GenerateContentRequest.{where}.file_data.file_uri: is required")
        signature = part.get("thoughtSignature")
        if signature and signature not in _DUMMIES:
            told = part["functionCall"].get("name") if "functionCall" in part else "text"
            # The alphabets of both base64 kinds are taken.
            plain = str(signature).replace("-", "+").replace("_", "/")
            plain += "=" * (-len(plain) % 4)
            if not self._signer.verify("gemini", str(told), plain):
                raise bad_request("Corrupted thought signature.")


_COUNT = (
    "Please ensure that the number of function response parts is equal to the number of function "
    "call parts of the function call turn."
)


_AFTER_USER = (
    "Please ensure that function call turn comes immediately after a user turn or after a "
    "function response turn."
)


def is_dummy(signature: object) -> bool:
    """Whether a signature is the one that Google documents for calls of other models."""
    return signature in _DUMMIES


def _refers(value: Any) -> bool:
    """Whether there is a ``$ref`` in a result: it is read as the name of one of its parts."""
    if is_object(value):
        return "$ref" in value or any(map(_refers, value.values()))
    return is_array(value) and any(map(_refers, value))


def _is_user_text(content: Any) -> bool:
    if not is_object(content) or content.get("role", "user") != "user":
        return False
    parts = content.get("parts") or ()
    return any(is_object(p) and p.get("text") for p in parts)


def _check_base64(data: Any, where: str) -> None:
    try:
        base64.b64decode(str(data).replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        raise bad_request(
            f"Invalid value at '{where}' (TYPE_BYTES), Base64 decoding failed"
        ) from None
