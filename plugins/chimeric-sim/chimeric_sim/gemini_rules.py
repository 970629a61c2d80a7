"""The body of Gemini's generateContent, read and judged as the service does."""

from __future__ import annotations

import base64
import re
from typing import Any

import msgspec

from .problems import Problem
from .prompts import Call, Offer, Prompt, Result, Turn
from .seals import is_seal
from .shapes import child, is_array, is_object

__all__ = ["SIGNED", "read_prompt"]

_KNOWN = frozenset(
    [
        "contents",
        "tools",
        "toolConfig",
        "safetySettings",
        "systemInstruction",
        "generationConfig",
        "cachedContent",
        "labels",
        "model",
        "serviceTier",
        "store",
        "sim",
    ]
)
_TOOL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")
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

SIGNED = re.compile(r"gemini-[3-9]|think")
"""Models that sign their function calls, and want the signatures back."""


def camel(raw: Any) -> dict[str, Any]:
    """The keys of one object in camelCase; the service takes both spellings."""
    if not is_object(raw):
        raise bad('Invalid JSON payload received. Expected an object; "' + str(raw)[:40] + '".')
    return {re.sub(r"_([a-z])", lambda m: m[1].upper(), key): v for key, v in raw.items()}


def bad(message: str) -> Problem:
    """An INVALID_ARGUMENT."""
    return Problem("bad_request", message)


def read_prompt(body: dict[str, Any], model: str, behaviour: str) -> Prompt:
    """A whole body.

    Raises:
        Problem: where the service answers 400.
    """
    body = camel(body)
    for key in body:
        if key not in _KNOWN:
            message = f'Invalid JSON payload received. Unknown name "{key}": Cannot find field.'
            raise bad(message)
    settings = camel(child(body, "generationConfig"))
    thoughts = camel(child(settings, "thinkingConfig"))
    offers = _read_tools(body.get("tools"))
    turns: list[Turn] = []
    if body.get("systemInstruction"):
        system = camel(body["systemInstruction"])
        texts = [part.get("text", "") for part in system.get("parts") or ()]
        turns.append(Turn("system", "".join(texts)))
    signed = SIGNED.search(model) is not None
    turns += _Contents(signed=signed).read(body.get("contents"))
    mime = settings.get("responseMimeType", "text/plain")
    schema = settings.get("responseJsonSchema") or settings.get("responseSchema")
    if schema is not None and mime != "application/json":
        raise bad("Response schema requires response mime type application/json.")
    budget, level = thoughts.get("thinkingBudget"), thoughts.get("thinkingLevel")
    if budget is not None and level is not None:
        raise bad("You can only set only one of thinking budget and thinking level.")
    thinking = None if budget is None and level is None else budget != 0
    return Prompt(
        model=model,
        behaviour=behaviour,
        turns=turns,
        offers=offers,
        choice=_read_choice(body.get("toolConfig"), offers),
        max_tokens=settings.get("maxOutputTokens"),
        stop=tuple(settings.get("stopSequences") or ()),
        seed=settings.get("seed"),
        schema=schema or ({} if mime == "application/json" else None),
        thinking=thinking if thinking is not None else thoughts.get("includeThoughts"),
        options={
            "visible": thoughts.get("includeThoughts", behaviour == "think"),
            "signed": signed,
        },
    )


def _read_tools(tools: Any) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    for place, tool in enumerate(tools or ()):
        for index, raw in enumerate(camel(tool).get("functionDeclarations") or ()):
            declared = camel(raw)
            where = f"tools[{place}].function_declarations[{index}]"
            name = declared.get("name")
            if not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
                message = (
                    f"Invalid value at '{where}.name': Invalid function name. Must start with a "
                    "letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores "
                    "(_), dots (.), colons (:), or dashes (-), with a maximum length of 128."
                )
                raise bad(message)
            if "parameters" in declared and "parametersJsonSchema" in declared:
                raise bad(f"{where}: parameters and parameters_json_schema are exclusive.")
            schema = child(declared, "parametersJsonSchema") or child(declared, "parameters")
            if str(schema.get("type", "object")).lower() != "object":
                raise bad(f"{where}.parameters: only allowed for OBJECT type.")
            if name in [offer.name for offer in offers]:
                raise bad(f"Duplicate function declaration found: {name}")
            offers.append(Offer(name, schema))
    return tuple(offers)


def _read_choice(config: Any, offers: tuple[Offer, ...]) -> str:
    calling = camel(child(camel(config) if config else None, "functionCallingConfig"))
    mode = str(calling.get("mode", "AUTO")).upper()
    if mode not in ("AUTO", "ANY", "NONE", "VALIDATED", "MODE_UNSPECIFIED"):
        raise bad(f"Invalid value at 'tool_config.function_calling_config.mode', \"{mode}\"")
    allowed: list[str] = list(calling.get("allowedFunctionNames") or [])
    if allowed and mode not in ("ANY", "VALIDATED"):
        raise bad("Function calling config: allowed_function_names is only for the mode ANY.")
    known = [offer.name for offer in offers]
    for name in allowed:
        if name not in known:
            raise bad(f"Function calling config: '{name}' is not a declared function.")
    if mode == "ANY":
        if not offers:
            raise bad("Function calling config is set without function_declarations.")
        return str(allowed[0]) if len(allowed) == 1 else "required"
    return "none" if mode == "NONE" else "auto"


class _Contents:
    """Reads the contents one after the other, and remembers the calls that want an answer."""

    def __init__(self, *, signed: bool) -> None:
        self._signed = signed
        self._calls: list[Call] = []

    def read(self, contents: Any) -> list[Turn]:
        if not contents:
            raise bad("* GenerateContentRequest.contents: contents is not specified\n")
        if not is_array(contents):
            contents = [contents]
        turns: list[Turn] = []
        last_user = max((i for i, c in enumerate(contents) if _is_user_text(c)), default=0)
        for index, raw in enumerate(contents):
            content = camel(raw)
            role = content.get("role", "user")
            if role not in ("user", "model", "function"):
                raise bad("Please use a valid role: user, model.")
            parts = [camel(part) for part in content.get("parts") or ()]
            if not parts:
                where = f"GenerateContentRequest.contents[{index}].parts"
                raise bad(f"* {where}: contents.parts must not be empty.\n")
            if role == "model":
                turns.append(self._model(parts, index, current=index > last_user))
            else:
                turns.append(self._user(parts, index))
        if self._calls:
            raise bad(_COUNT)
        return turns

    def _model(self, parts: list[dict[str, Any]], index: int, *, current: bool) -> Turn:
        if self._calls:
            raise bad(_COUNT)
        texts: list[str] = []
        for place, part in enumerate(parts):
            self._check_part(part, index, place)
            if "text" in part and not part.get("thought"):
                texts.append(part["text"])
            if "functionCall" in part:
                first = not self._calls
                self._calls.append(self._call(part, place, first and current))
        if self._calls and index == 0:
            raise bad(_AFTER_USER)
        return Turn("assistant", "".join(texts), tuple(self._calls))

    def _call(self, part: dict[str, Any], place: int, needs_signature: bool) -> Call:
        call = camel(part["functionCall"])
        name: Any = call.get("name")
        arguments: Any = call.get("args") or {}
        if not isinstance(name, str) or not name:
            raise bad("Function call: name cannot be empty.")
        if not is_object(arguments):
            raise bad("Invalid value at 'function_call.args' (type.googleapis.com/Struct)")
        if needs_signature and self._signed and not part.get("thoughtSignature"):
            message = (
                "Function call is missing a thought_signature in functionCall parts. This is "
                "required for tools to work correctly, and missing thought_signature may lead to "
                f"degraded model performance. Function call `default_api:{name}`, position "
                f"{place + 1}."
            )
            raise bad(message)
        return Call(str(call.get("id") or ""), name, msgspec.json.encode(arguments).decode())

    def _user(self, parts: list[dict[str, Any]], index: int) -> Turn:
        texts: list[str] = []
        results: list[Result] = []
        for place, part in enumerate(parts):
            self._check_part(part, index, place)
            if "functionResponse" in part:
                results.append(self._result(camel(part["functionResponse"])))
            elif "functionCall" in part:
                raise bad("Function calls are only allowed in contents of the role model.")
            else:
                texts.append(part.get("text") or "")
        if results and not self._calls:
            message = (
                "Please ensure that function response turn comes immediately after a function "
                "call turn."
            )
            raise bad(message)
        if len(results) != len(self._calls):
            raise bad(_COUNT)
        for call, result in zip(self._calls, results, strict=True):
            if call.name != result.name or (result.id and call.id and call.id != result.id):
                raise bad(f"Function response '{result.name}' does not match the function calls.")
        self._calls = []
        return Turn("user", "".join(texts), (), tuple(results))

    @staticmethod
    def _result(response: dict[str, Any]) -> Result:
        name, value = response.get("name"), response.get("response")
        if not isinstance(name, str) or not name:
            where = "GenerateContentRequest.contents.parts.function_response.name"
            raise bad(f"* {where}: Name cannot be empty.\n")
        if not is_object(value):
            raise bad("Invalid value at 'function_response.response' (google.protobuf.Struct)")
        failed = "error" in value
        shown = value.get("error", value.get("output", value.get("result", value)))
        text = shown if isinstance(shown, str) else msgspec.json.encode(shown).decode()
        return Result(str(response.get("id") or ""), text, name, failed)

    @staticmethod
    def _check_part(part: dict[str, Any], index: int, place: int) -> None:
        kinds = [key for key in _PARTS if key in part]
        where = f"contents[{index}].parts[{place}]"
        if len(kinds) != 1:
            message = (
                f"* GenerateContentRequest.{where}.data: required oneof field 'data' must have "
                "one initialized field"
            )
            raise bad(message)
        if kinds[0] == "text" and not isinstance(part["text"], str):
            raise bad(f"Invalid value at '{where}.text' (TYPE_STRING)")
        if kinds[0] == "inlineData":
            media = camel(part["inlineData"])
            if not media.get("mimeType") or not media.get("data"):
                raise bad(f"Unable to process input image: '{where}' wants mimeType and data.")
            _check_base64(media["data"], f"{where}.inline_data.data")
        if kinds[0] == "fileData" and not camel(part["fileData"]).get("fileUri"):
            raise bad(f"* GenerateContentRequest.{where}.file_data.file_uri: is required")
        signature = part.get("thoughtSignature")
        if signature and signature not in _DUMMIES:
            told = part["functionCall"].get("name") if "functionCall" in part else "text"
            # The alphabets of both base64 kinds are taken.
            plain = str(signature).replace("-", "+").replace("_", "/")
            plain += "=" * (-len(plain) % 4)
            if not is_seal("gemini", str(told), plain):
                raise bad("Corrupted thought signature.")


_COUNT = (
    "Please ensure that the number of function response parts is equal to the number of function "
    "call parts of the function call turn."
)
_AFTER_USER = (
    "Please ensure that function call turn comes immediately after a user turn or after a "
    "function response turn."
)


def _is_user_text(content: Any) -> bool:
    if not is_object(content) or content.get("role", "user") != "user":
        return False
    parts = content.get("parts") or ()
    return any(is_object(p) and p.get("text") for p in parts)


def _check_base64(data: Any, where: str) -> None:
    try:
        base64.b64decode(str(data).replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        raise bad(f"Invalid value at '{where}' (TYPE_BYTES), Base64 decoding failed") from None
