"""The body of Bedrock Converse, read and judged as the service does."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from .problems import Problem
from .prompts import Call, Offer, Prompt, Result, Turn
from .seals import is_seal
from .shapes import child, is_object

__all__ = ["read_prompt"]

_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CALL_ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
_BLOCKS = [
    "text",
    "image",
    "document",
    "video",
    "audio",
    "toolUse",
    "toolResult",
    "guardContent",
    "cachePoint",
    "reasoningContent",
    "citationsContent",
    "searchResult",
]


def bad(message: str) -> Problem:
    """A ValidationException."""
    return Problem("bad_request", message)


def read_prompt(body: dict[str, Any], model: str, behaviour: str) -> Prompt:
    """A whole body.

    Raises:
        Problem: where the service answers with a ValidationException.
    """
    settings = child(body, "inferenceConfig")
    extra = child(body, "additionalModelRequestFields")
    config = body.get("toolConfig")
    offers, choice = _read_tools(config)
    thinking = child(extra, "thinking").get("type")
    turns: list[Turn] = []
    for index, block in enumerate(body.get("system") or ()):
        if "text" in block:
            if not block["text"].strip():
                raise bad(f"The text field in the SystemContentBlock at system.{index} is blank.")
            turns.append(Turn("system", block["text"]))
    turns += _Messages(with_tools=config is not None).read(body.get("messages"))
    return Prompt(
        model=model,
        behaviour=behaviour,
        turns=turns,
        offers=offers,
        choice=choice,
        max_tokens=settings.get("maxTokens"),
        stop=tuple(settings.get("stopSequences") or ()),
        schema=_read_format(body),
        thinking=None if thinking is None else thinking != "disabled",
        plans=True,
    )


def _read_format(body: dict[str, Any]) -> dict[str, Any] | None:
    wanted = child(body, "outputConfig").get("textFormat")
    if wanted is None:
        return None
    schema = (child(child(wanted, "structure"), "jsonSchema")).get("schema")
    if not isinstance(schema, str):
        raise bad("outputConfig.textFormat.structure.jsonSchema.schema must be a JSON string")
    try:
        return msgspec.json.decode(schema, type=dict[str, Any])
    except msgspec.DecodeError:
        raise bad("The JSON schema of outputConfig.textFormat is not valid JSON") from None


def _read_tools(config: Any) -> tuple[tuple[Offer, ...], str]:
    if config is None:
        return (), "auto"
    offers: list[Offer] = []
    tools = config.get("tools")
    if not tools:
        raise bad(
            "1 validation error detected: Value at 'toolConfig.tools' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1"
        )
    for index, tool in enumerate(tools):
        spec = tool.get("toolSpec")
        if spec is None:
            continue
        where = f"toolConfig.tools.{index + 1}.member.toolSpec"
        name = spec.get("name")
        if not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
            raise bad(
                f"1 validation error detected: Value '{name}' at '{where}.name' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+"
            )
        if spec.get("description") == "":
            raise bad(
                f"1 validation error detected: Value '' at '{where}.description' failed to satisfy "
                "constraint: Member must have length greater than or equal to 1"
            )
        schema = child(spec, "inputSchema").get("json")
        if not is_object(schema) or schema.get("type") != "object":
            raise bad(
                f"The value at {where.replace('.member', '')}.inputSchema.json.type must be one "
                "of the following: object."
            )
        offers.append(Offer(name, schema))
    return tuple(offers), _read_choice(config.get("toolChoice"), offers)


def _read_choice(choice: Any, offers: list[Offer]) -> str:
    if choice is None or "auto" in choice:
        return "auto"
    if "any" in choice:
        return "required"
    name = child(choice, "tool").get("name")
    if name not in [offer.name for offer in offers]:
        raise bad(f"toolChoice.tool.name '{name}' is not one of the provided tools.")
    return str(name)


class _Messages:
    """Reads the messages one after the other, and remembers the calls that want an answer."""

    def __init__(self, *, with_tools: bool) -> None:
        self._with_tools = with_tools
        self._open: dict[str, str] = {}

    def read(self, messages: Any) -> list[Turn]:
        if not messages:
            raise bad(
                "1 validation error detected: Value at 'messages' failed to satisfy constraint: "
                "Member must not be null"
            )
        turns: list[Turn] = []
        for index, message in enumerate(messages):
            role = message.get("role")
            if role not in ("user", "assistant"):
                raise bad(
                    f"1 validation error detected: Value '{role}' at 'messages.{index + 1}.member."
                    "role' failed to satisfy constraint: Member must satisfy enum value set: "
                    "[user, assistant]"
                )
            if index == 0 and role != "user":
                raise bad(
                    "A conversation must start with a user message. Try again with a conversation "
                    "that starts with a user message."
                )
            if turns and turns[-1].role == role:
                raise bad(
                    "A conversation must alternate between user and assistant roles. Make sure "
                    "the conversation alternates between user and assistant roles and try again."
                )
            turns.append(self._message(message, index, role))
        self._check_answered(len(messages))
        return turns

    def _check_answered(self, index: int) -> None:
        if self._open:
            raise bad(
                f"Expected toolResult blocks at messages.{index}.content for the following Ids: "
                + ", ".join(self._open)
            )

    def _message(self, message: dict[str, Any], index: int, role: Any) -> Turn:
        content = message.get("content")
        where = f"messages.{index}"
        if not content:
            raise bad(
                f"The content field in the Message object at {where} is empty. Add a ContentBlock "
                "object to the content field and try again."
            )
        texts: list[str] = []
        calls: list[Call] = []
        results: list[Result] = []
        for place, block in enumerate(content):
            at = f"{where}.content.{place}"
            kinds = [key for key in _BLOCKS if key in block]
            if len(kinds) != 1:
                raise bad(f"The ContentBlock object at {at} must set one of: {', '.join(_BLOCKS)}.")
            kind = kinds[0]
            if kind in ("toolUse", "toolResult") and not self._with_tools:
                raise bad(
                    "The toolConfig field must be defined when using toolUse and toolResult "
                    "content blocks."
                )
            if kind == "text":
                texts.append(_text(block, at))
            elif kind == "toolUse":
                calls.append(_call(block["toolUse"], at, role))
            elif kind == "toolResult":
                results.append(self._result(block["toolResult"], at, role))
            elif kind == "reasoningContent":
                _check_thought(block["reasoningContent"], at)
            elif kind in ("image", "document", "video", "audio"):
                _check_media(block[kind], kind, at)
        self._check_answered(index)
        self._open = {call.id: call.name for call in calls}
        return Turn(role, "".join(texts), tuple(calls), tuple(results))

    def _result(self, result: dict[str, Any], at: str, role: str) -> Result:
        call_id = result.get("toolUseId")
        if role != "user" or call_id not in self._open:
            raise bad(
                f"The toolResult block at {at} has the toolUseId {call_id}, which matches no "
                "toolUse block of the previous turn."
            )
        content = result.get("content")
        if not content:
            raise bad(f"The content field in the ToolResultBlock at {at}.toolResult is empty.")
        texts = [
            block["text"] if "text" in block else msgspec.json.encode(block.get("json")).decode()
            for block in content
            if "text" in block or "json" in block
        ]
        name = self._open.pop(call_id)
        return Result(call_id, "".join(texts), name, result.get("status") == "error")


def _text(block: dict[str, Any], at: str) -> str:
    text = block["text"]
    if not isinstance(text, str):
        raise Problem("malformed", "text is not a string")
    if not text.strip():
        raise bad(
            f"The text field in the ContentBlock object at {at} is blank. Add text to the text "
            "field, and try again."
        )
    return text


def _call(call: dict[str, Any], at: str, role: str) -> Call:
    call_id, name = call.get("toolUseId"), call.get("name")
    if role != "assistant":
        raise bad(f"A toolUse block at {at} is only allowed in assistant messages.")
    if not isinstance(call_id, str) or not _CALL_ID.fullmatch(call_id):
        raise bad(f"Value '{call_id}' at '{at}.toolUse.toolUseId' does not match its pattern.")
    if not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
        raise bad(f"Value '{name}' at '{at}.toolUse.name' does not match its pattern.")
    if not is_object(call.get("input")):
        raise bad(
            f"The format of the value at {at}.toolUse.input is invalid. Provide a json object for "
            "the field and try again."
        )
    return Call(call_id, name, msgspec.json.encode(call["input"]).decode())


def _check_thought(reasoning: dict[str, Any], at: str) -> None:
    thought = reasoning.get("reasoningText")
    if thought is None:
        if "redactedContent" not in reasoning:
            raise bad(f"The reasoningContent at {at} must set reasoningText or redactedContent.")
        return
    if not is_seal("thought", str(thought.get("text")), thought.get("signature")):
        raise bad(f"{at}: Invalid `signature` in `thinking` block")


def _check_media(media: dict[str, Any], kind: str, at: str) -> None:
    if not media.get("format") or not media.get("source"):
        raise bad(f"The {kind} block at {at} must have a format and a source.")
    if kind == "document" and not media.get("name"):
        raise bad(f"The document block at {at} must have a name.")
