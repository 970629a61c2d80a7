"""``UIMessage``s of Vercel's AI SDK as messages.

Source: ``convertToModelMessages`` and ``validateUIMessages`` of the npm package ``ai`` 7.0.173.
Fields that are not known are passed over, since each version brings new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from chimeric import Message, Part, TextPart, ToolCall

from .approvals import Approval, denial
from .media import media_part, part_of_url
from .requests import InvalidRequestError, is_list, is_object
from .results import json_text, said_by

__all__ = ["Reading"]

Raw = Mapping[str, Any]

STATES = {
    "input-streaming", "input-available", "approval-requested", "approval-responded",
    "output-available", "output-error", "output-denied",
}  # fmt: skip
KINDS = {"custom", "computer", "mcp_approval", "shell", "apply_patch", "tool_search"}


class Reading:
    """Reads a conversation, and keeps what is to be known of it besides.

    Attributes:
        calls: ids of the calls of the last message.
        approvals: decisions in the last message.
        ignored: types of parts that were left out.
        last: the last message, as it came.
    """

    def __init__(self, data: Callable[[str, Any], Part | str | None] | None = None) -> None:
        self._data = data
        self.calls: list[str] = []
        self.approvals: list[Approval] = []
        self.ignored: set[str] = set()
        self.last: Raw = {}

    def all(self, messages: object) -> tuple[Message, ...]:
        """The messages of a list of them."""
        if messages is None or messages == []:
            raise InvalidRequestError("the request has no messages")
        if not is_list(messages):
            raise InvalidRequestError("messages must be a list")
        out: list[Message] = []
        for number, raw in enumerate(messages):
            self.calls, self.approvals = [], []
            out += self._message(raw, f"messages[{number}]")
        if not out:
            raise InvalidRequestError("no message has anything that a model can be told")
        return tuple(out)

    def _message(self, raw: Any, where: str) -> Sequence[Message]:
        if not is_object(raw):
            raise InvalidRequestError(f"{where} must be an object")
        message = self.last = raw
        parts = message.get("parts")
        if not is_list(parts):
            old = "; this is a message of an older version" if "content" in message else ""
            raise InvalidRequestError(f"{where} has no list of parts{old}")
        found = [_object(part, f"{where}.parts[{n}]") for n, part in enumerate(parts)]
        role = message.get("role")
        if role == "assistant":
            return self._assistant(found, where)
        if role in ("user", "system"):
            return self._told(role, found, where)
        raise InvalidRequestError(f"{where} has a role that is none of system, user, assistant")

    def _told(self, role: Any, parts: Sequence[Raw], where: str) -> Sequence[Message]:
        """A message of the user or the system: text and files, in their order."""
        content = self._content(parts, where)
        if not content:
            return ()
        if all(isinstance(part, TextPart) for part in content) and (
            len(content) == 1 or role == "system"
        ):
            return (Message(role, "".join(cast("TextPart", part).text for part in content)),)
        return (Message(role, tuple(content)),)

    def _content(self, parts: Sequence[Raw], where: str) -> list[Part]:
        content: list[Part] = []
        for number, raw in enumerate(parts):
            place = f"{where}.parts[{number}]"
            kind = raw["type"]
            if kind == "text":
                content.append(TextPart(_text(raw, "text", place)))
            elif kind == "file":
                content.append(_file(raw, place))
            elif kind.startswith("data-") and self._data is not None:
                said = self._data(kind[5:], raw.get("data"))
                if said is not None:
                    content.append(TextPart(said) if isinstance(said, str) else said)
            else:
                self.ignored.add(kind)
        return content

    def _assistant(self, parts: Sequence[Raw], where: str) -> Sequence[Message]:
        """An answer: for each of its steps a message, and the results of its calls."""
        out: list[Message] = []
        step = _Step()
        for number, raw in enumerate(parts):
            place = f"{where}.parts[{number}]"
            kind: str = raw["type"]
            if kind == "step-start":
                out += step.messages()
                step = _Step()
            elif kind == "text" and _is_refusal(raw):
                step.refusal += _text(raw, "text", place)
            elif kind == "text":
                step.content.append(TextPart(_text(raw, "text", place)))
            elif kind == "reasoning":
                step.reasoning.append(_text(raw, "text", place))
            elif kind == "file":
                step.content.append(_file(raw, place))
            elif kind == "dynamic-tool" or kind.startswith("tool-"):
                self._tool(raw, step, place)
            elif kind == "steering-message":
                out += [*step.messages(), *self._steering(raw, place)]
                step = _Step()
            else:
                self.ignored.add(kind)
        return [*out, *step.messages()]

    def _steering(self, raw: Raw, where: str) -> Sequence[Message]:
        """What the user said while the answer was made."""
        parts = raw.get("parts")
        if not is_list(parts):
            raise InvalidRequestError(f"{where} has no list of parts")
        found = [_object(part, where) for part in parts]
        return self._told("user", found, where)

    def _tool(self, raw: Raw, step: _Step, where: str) -> None:
        kind, state = raw["type"], raw.get("state")
        name = _text(raw, "toolName", where) if kind == "dynamic-tool" else kind[5:]
        id_ = _text(raw, "toolCallId", where)
        if not name:
            raise InvalidRequestError(f"{where} is a call of a tool without a name")
        if state not in STATES:
            raise InvalidRequestError(f"{where} has a state that no tool call has")
        if state == "input-streaming" or raw.get("providerExecuted") is True:
            return  # it was cut off; or it is the provider's own matter
        call = ToolCall(id_, name, _arguments(raw), _kind(raw))
        step.calls.append(call)
        self.calls.append(id_)
        approval = raw.get("approval")
        approval = approval if is_object(approval) else {}
        reason = approval.get("reason")
        reason = reason if isinstance(reason, str) else None
        if state == "approval-responded":
            approved = approval.get("approved") is True
            self.approvals.append(Approval(call, approved, reason))
            if not approved:
                step.results.append(denial(call, reason))
        elif state == "output-denied":
            step.results.append(denial(call, reason))
        elif state == "output-available" and raw.get("preliminary") is not True:
            step.results.append(_result(call, said_by(raw.get("output")), is_error=False))
        elif state == "output-error":
            text = raw.get("errorText")
            step.results.append(_result(call, text if isinstance(text, str) else "", is_error=True))


class _Step:
    """One turn of an answer."""

    def __init__(self) -> None:
        self.content: list[Part] = []
        self.reasoning: list[str] = []
        self.refusal = ""
        self.calls: list[ToolCall] = []
        self.results: list[Message] = []

    def messages(self) -> list[Message]:
        """The turn's message and its results; nothing of an empty one."""
        content, reasoning = self.content, "\n\n".join(filter(None, self.reasoning))
        if not (content or reasoning or self.refusal or self.calls):
            return []
        said: str | tuple[Part, ...] = tuple(content)
        if all(isinstance(part, TextPart) for part in content):
            said = "".join(cast("TextPart", part).text for part in content)
        answer = Message(
            "assistant",
            said,
            tool_calls=tuple(self.calls),
            reasoning=reasoning or None,
            refusal=self.refusal or None,
        )
        return [answer, *self.results]


def _object(part: Any, where: str) -> Raw:
    if not is_object(part) or not isinstance(part.get("type"), str):
        raise InvalidRequestError(f"{where} must be an object with a type")
    return part


def _text(raw: Raw, name: str, where: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str):
        raise InvalidRequestError(f"{where}.{name} must be a string")
    return value


def _file(raw: Raw, where: str) -> Part:
    url, media_type, filename = raw.get("url"), raw.get("mediaType"), raw.get("filename")
    media_type = media_type if isinstance(media_type, str) else None
    filename = filename if isinstance(filename, str) else None
    if isinstance(url, str) and url:
        return part_of_url(url, media_type, where, filename)
    held = raw.get("providerReference")
    ids = list(held.values()) if is_object(held) else []
    if len(ids) == 1 and isinstance(ids[0], str):
        return media_part(media_type, file_id=ids[0], filename=filename)
    raise InvalidRequestError(f"{where} is a file without a URL")


def _is_refusal(raw: Raw) -> bool:
    return _ours(raw, "providerMetadata").get("refusal") is True


def _ours(raw: Raw, key: str) -> Raw:
    """What the encoder has noted in a part."""
    told: Any = raw.get(key)
    ours: Any = told.get("chimeric") if is_object(told) else None
    return ours if is_object(ours) else {}


def _kind(raw: Raw) -> Any:
    kind = _ours(raw, "callProviderMetadata").get("kind")
    return kind if kind in KINDS else "function"


def _arguments(raw: Raw) -> str:
    value = raw.get("input")
    if value is None:
        value = raw.get("rawInput", {})
    if isinstance(value, str):
        return value
    return json_text({} if value is None else value)


def _result(call: ToolCall, said: str | tuple[Part, ...], *, is_error: bool) -> Message:
    return Message("tool", said, tool_call_id=call.id, name=call.name, is_error=is_error)
