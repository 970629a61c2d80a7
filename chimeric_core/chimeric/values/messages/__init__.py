"""What the caller says: messages, their parts, and tool calls, whatever shape they came in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias, cast

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.values.blocks.citations import Citation

__all__ = [
    "AudioPart",
    "FilePart",
    "ImagePart",
    "Message",
    "MessageInput",
    "NativePart",
    "Part",
    "ProviderState",
    "ReadForeign",
    "Role",
    "TextPart",
    "ToolCall",
    "ToolCallKind",
    "normalize_messages",
]

ToolCallKind = Literal[
    "function", "custom", "computer", "mcp_approval", "shell", "apply_patch", "tool_search"
]
"""What the caller is asked for: a function, a tool that takes free text, or, named after its kind,
what only he can do (act on a computer, approve a call of the provider's own MCP, ...)."""

Role = Literal["system", "developer", "user", "assistant", "tool"]
ROLES: tuple[Role, ...] = ("system", "developer", "user", "assistant", "tool")


class _Media(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Bytes by value (``data``, base64), by ``url``, or by the provider's ``file_id``.

    ``extra`` holds other keys of a part that was given as a dict, as ``TextPart`` has them.
    """

    url: str | None = None
    data: str | None = None
    media_type: str | None = None
    file_id: str | None = None
    extra: Mapping[str, Any] | None = None

    @property
    def data_url(self) -> str | None:
        """``data:`` URL of the inlined bytes, or None when they are elsewhere."""
        if self.data is None:
            return None
        return f"data:{self.media_type or 'application/octet-stream'};base64,{self.data}"

    @property
    def label(self) -> str:
        """What it is, in a few words.

        Example:
            >>> ImagePart(data="iVBORw0KGgo=", media_type="image/png").label
            '[image: image/png, 9 bytes]'
        """
        from .tool_results import label_of

        return label_of(self)

    @property
    def stand_in(self) -> str:
        """What a model reads in its place where a protocol cannot carry it.

        Example:
            >>> ImagePart(url="https://example.com/a.png").stand_in
            '[image: https://example.com/a.png, which could not be sent]'
        """
        return f"{self.label[:-1]}, which could not be sent]"


class TextPart(msgspec.Struct, frozen=True, tag="text", omit_defaults=True):
    """A piece of text.

    Attributes:
        text: the text.
        citations: the sources of an answer's text; no provider gets them.
        extra: other keys of a part that was given as a dict, such as ``cache_control``: they are
            sent where the provider's form has them, else a ``TranslationWarning`` names them.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    extra: Mapping[str, Any] | None = None


class ImagePart(_Media, frozen=True, kw_only=True, omit_defaults=True, tag="image"):
    """A picture. ``detail`` is ``auto``, ``low`` or ``high`` where a provider knows it."""

    detail: str | None = None


class FilePart(_Media, frozen=True, kw_only=True, omit_defaults=True, tag="file"):
    """A document (PDF, text, ...)."""

    filename: str | None = None


class AudioPart(_Media, frozen=True, kw_only=True, omit_defaults=True, tag="audio"):
    """A sound."""


class NativePart(msgspec.Struct, frozen=True, tag="native"):
    """A part in the provider's own form: it is sent as it is."""

    value: dict[str, Any]


Part: TypeAlias = TextPart | ImagePart | FilePart | AudioPart | NativePart


class ToolCall(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finished call that the model asked for; ``arguments`` is JSON text.

    ``kind`` is ``function``, or ``custom`` for a tool whose input is free text. What else a model
    may ask of the caller has its kind as its name: ``computer`` (an action; answer with a picture
    of the screen), ``mcp_approval`` (a call of the provider's own MCP: answer ``true`` or
    ``false``), ``shell`` (commands), ``apply_patch`` (a change of a file), ``tool_search``
    (answer with tools).

    ``extra`` holds other keys of a call that was given as a dict, as ``TextPart`` has them.
    """

    id: str
    name: str
    arguments: str = "{}"
    kind: ToolCallKind = "function"
    extra: Mapping[str, Any] | None = None

    def parsed(self) -> Any:
        """The arguments as a Python value.

        Raises:
            msgspec.DecodeError: when the model sent something that is not JSON.
        """
        return msgspec.json.decode(self.arguments or "{}")


class ProviderState(msgspec.Struct, frozen=True):
    """What a provider wants echoed back unchanged: signatures, encrypted reasoning items.

    ``api`` names the protocol that understands ``items`` (``openai.responses``,
    ``anthropic.messages``, ...); any other one drops it with a ``TranslationWarning``.
    """

    api: str
    items: list[Any]


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of a conversation.

    Attributes:
        role: ``system``, ``developer``, ``user``, ``assistant`` or ``tool``.
        content: text, or a tuple of parts.
        tool_calls: calls that this assistant message made.
        tool_call_id: for ``tool``: which call this answers.
        name: for ``tool``: the tool's name (some providers match by it).
        is_error: for ``tool``: whether the tool failed.
        reasoning: reasoning text of an assistant message.
        refusal: refusal text of an assistant message.
        state: opaque state of the provider that produced this message.
        approved: for ``assistant``: ids of those of its calls that run before the next request,
            since somebody approved them (``CompletionResponse.resume``).
        extra: other keys of a message that was given as a dict, such as ``prefix``: they are sent
            where the provider's form has them, else a ``TranslationWarning`` names them.
    """

    role: Role
    content: str | tuple[Part, ...] = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    name: str | None = None
    is_error: bool = False
    reasoning: str | None = None
    refusal: str | None = None
    state: ProviderState | None = None
    approved: tuple[str, ...] = ()
    extra: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        """All text of the content, parts joined without a separator."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content if isinstance(part, TextPart))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The content as parts; no part for empty text."""
        if isinstance(self.content, str):
            return (TextPart(self.content),) if self.content else ()
        return self.content

    def items_for(self, api: str) -> list[Any] | None:
        """The opaque items, if this message came from the protocol ``api``."""
        return self.state.items if self.state is not None and self.state.api == api else None


MessageInput: TypeAlias = (
    str | Message | Mapping[str, Any] | Iterable["str | Message | Mapping[str, Any]"]
)


ReadForeign: TypeAlias = Callable[[Any, Mapping[str, Any], "tuple[Message, ...]"], Any]
"""Reads a dict of a form that is not known here: a tuple of what it is, or None."""


def normalize_messages(
    messages: MessageInput, foreign: ReadForeign | None = None
) -> tuple[Message, ...]:
    """Bring every accepted shape into a tuple of ``Message``.

    Accepts a string, a ``Message``, a dict in the form that the OpenAI and Anthropic APIs made
    common, or an iterable of these. ``foreign`` reads dicts and parts of other forms.

    Raises:
        ConfigurationError: for nothing at all, an unknown role or a shape that is none of these;
            the text says which message and why.
    """
    if messages and isinstance(messages, str):
        return (Message("user", messages),)
    if isinstance(messages, (str, Message, Mapping)):
        messages = [cast("Message | Mapping[str, Any]", messages)] if messages else []
    if not isinstance(messages, Iterable) or isinstance(messages, (bytes, bytearray)):
        raise ConfigurationError(
            f"messages must be a string, a message or a list of messages, not {type(messages)!r}"
        )
    result: list[Message] = []
    for index, item in enumerate(messages):
        result.extend(_message(item, f"messages[{index}]", result, foreign))
    if not result:
        raise ConfigurationError("messages is empty; pass at least one message with content")
    return tuple(result)


def _message(
    item: object, where: str, before: list[Message], foreign: ReadForeign | None
) -> Iterable[Message]:
    if isinstance(item, Message):
        if item.role not in ROLES:
            from .forms import unknown_role

            raise unknown_role(item.role, where)
        return [item]
    if isinstance(item, str):
        return [Message("user", item)]
    if not isinstance(item, Mapping):
        raise ConfigurationError(f"{where} must be a message or a dict, not {type(item).__name__}")
    raw = cast("Mapping[str, Any]", item)
    role, text = raw.get("role"), raw.get("content")
    if len(raw) == 2 and isinstance(text, str) and role in ROLES:
        return [Message(role, text)]  # as most are
    from .forms import read_message

    if foreign is None:
        return read_message(raw, where)
    return read_message(raw, where, lambda kind, value: foreign(kind, value, tuple(before)))
