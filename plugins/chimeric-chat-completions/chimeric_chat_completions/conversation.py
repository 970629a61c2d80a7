"""Unified messages into the protocol's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chimeric import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    ModelNotSupportedError,
    NativePart,
    Part,
    ProviderConfig,
    Request,
    TextPart,
    ToolCall,
    own_keys,
)

from .dialect import API, ChatDialect
from .echo import DETAILS, echoed

if TYPE_CHECKING:
    from chimeric_models import CallIds

__all__ = ["Conversation"]

AUDIO_FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav"}


class Conversation:
    """Translates the messages of one request, and notes what is lost."""

    def __init__(self, request: Request, provider: ProviderConfig, dialect: ChatDialect) -> None:
        self._request = request
        self._provider = provider
        self._can = provider.declaration.capabilities
        self._dialect = dialect
        self._ids = _call_ids(request, dialect)
        self._answering = False
        self.dropped: dict[str, None] = {}

    def messages(self) -> list[dict[str, Any]]:
        """All messages, in order."""
        if self._ids is None:
            return [self._message(message) for message in self._request.messages]
        sent: list[dict[str, Any]] = []
        for message in self._request.messages:
            told = self._message(message)
            if told["role"] == "assistant" and sent and sent[-1].get("tool_calls"):
                sent[-1] = _joined(sent[-1], told)
            else:
                sent.append(told)
        return sent

    def _message(self, message: Message) -> dict[str, Any]:
        if not isinstance(message.content, str):
            message = self._readable(message)
        told = self._told(message)
        self._answering = message.role == "assistant"
        return {**told, **own_keys(message.extra, self._dialect.keys)} if message.extra else told

    def _readable(self, message: Message) -> Message:
        """The message without parts that only another protocol knows."""
        from chimeric_models import readable  # most messages are text

        lost: list[str] = []
        message = readable(message, self._dialect.parts, lost)
        self.dropped.update(dict.fromkeys(lost))
        if message.role == "assistant" and not self._dialect.answer_media:
            for part in message.parts:
                if not isinstance(part, (TextPart, NativePart)):
                    raise self._refusal(f"{type(part).__name__} of an assistant")
        return message

    def _told(self, message: Message) -> dict[str, Any]:
        match message.role:
            case "assistant":
                return self._assistant(message)
            case "tool":
                return self._result(message)
            case "user":
                return {"role": "user", "content": self._content(message)}
            case _:
                role = self._dialect.system_role
                name = role if isinstance(role, str) else role(self._request.model)
                return {"role": name, "content": self._content(message)}

    def _assistant(self, message: Message) -> dict[str, Any]:
        dialect = self._dialect
        if self._ids is not None and not self._answering:
            self._ids.begin_turn()
        content = self._content(message)
        wire: dict[str, Any] = {"role": "assistant", "content": content}
        if message.refusal and dialect.refusals:
            wire["refusal"] = message.refusal
        elif message.refusal and not content:
            content = wire["content"] = message.refusal
        if message.tool_calls:
            wire["tool_calls"] = [self._call(call) for call in message.tool_calls]
        if not content and (message.tool_calls or "refusal" in wire):
            wire["content"] = dialect.empty_content
        self._echo(message, wire)
        if message.reasoning:
            self._think(message, wire)
        return wire

    def _think(self, message: Message, wire: dict[str, Any]) -> None:
        """Send an answer's reasoning where the server has a field for it.

        A model need not have back what it thought itself. The state of another protocol is told.
        """
        field = self._dialect.reasoning_field
        name = field(self._request.model) if callable(field) else field
        if DETAILS in wire:  # they hold it
            return
        if name:
            wire[name] = message.reasoning
        elif message.state is None or self._is_of_another(message):
            self._drop("carries no reasoning of earlier answers; it was left out")

    def _is_of_another(self, message: Message) -> bool:
        from chimeric_models import is_own_thought

        state = message.items_for(API)
        return state is not None and not is_own_thought(state, self._request)

    def _echo(self, message: Message, wire: dict[str, Any]) -> None:
        state = message.items_for(API)
        lost = message.state is not None and state is None
        if state:
            from chimeric_models import unmarked

            echo, call_echo = self._dialect.echo, self._dialect.call_echo
            lost = not echoed(unmarked(state), wire, echo, call_echo)
        if lost:
            self._drop("carries no reasoning state of other providers; it was left out")

    def _call(self, call: ToolCall) -> dict[str, Any]:
        identity = self._ids.call(call.id, call.name) if self._ids is not None else call.id
        if call.kind == "custom":
            custom = {"name": call.name, "input": call.arguments}
            return {"id": identity, "type": "custom", "custom": custom}
        function = {"name": call.name, "arguments": call.arguments or "{}"}
        own = own_keys(call.extra, self._dialect.keys)
        return {"id": identity, "type": "function", "function": function, **own}

    def _result(self, message: Message) -> dict[str, Any]:
        if any(not isinstance(part, (TextPart, NativePart)) for part in message.parts):
            message = self._only_text(message)
        identity = message.tool_call_id or ""
        if self._ids is not None:
            identity = self._ids.result(identity, message.name or "")
        wire = {"role": "tool", "tool_call_id": identity, "content": self._content(message)}
        if self._dialect.result_names and message.name:
            wire["name"] = message.name
        return wire

    def _only_text(self, message: Message) -> Message:
        """A result with notes for what is neither text nor the provider's own."""
        self._drop(
            "takes only text in tool results: notes stand for pictures, sounds and files; give "
            "them in a user message"
        )
        parts = tuple(
            part if isinstance(part, (TextPart, NativePart)) else TextPart(part.stand_in)
            for part in message.parts
        )
        if all(isinstance(part, TextPart) and not self._own(part) for part in parts):
            text = "\n".join(part.text for part in parts if isinstance(part, TextPart))
            parts = (TextPart(text),)
        return msgspec.structs.replace(message, content=parts)

    def _content(self, message: Message) -> str | list[dict[str, Any]]:
        parts = message.parts
        plain = all(isinstance(part, TextPart) and not self._own(part) for part in parts)
        # Many chat templates take only a string from anyone but the user.
        if plain and (len(parts) < 2 or message.role != "user"):
            return message.text
        return [told for part in parts if (told := self._part(part)) is not None]

    def _part(self, part: Part) -> dict[str, Any] | None:
        if isinstance(part, (ImagePart, FilePart, AudioPart)):
            from chimeric_models import settled  # most messages are text

            part = settled(part, self._dialect.pictures)
        own = self._dialect.part(part) if self._dialect.part else None
        if own is not None:
            return own
        match part:
            case TextPart():
                return {"type": "text", "text": part.text, **self._own(part)}
            case ImagePart():
                return {**self._image(part), **self._own(part)}
            case FilePart():
                return {**self._file(part), **self._own(part)}
            case AudioPart():
                return {**self._audio(part), **self._own(part)}
            case NativePart():
                return self._native(part.value)

    def _native(self, value: dict[str, Any]) -> dict[str, Any] | None:
        """A part in the provider's own form, all of which have a type; others are not its own."""
        if "type" in value:
            return value
        from chimeric_models import left_out

        self.dropped[left_out(value, self._provider.name)] = None
        return None

    def _own(self, part: TextPart | ImagePart | FilePart | AudioPart) -> dict[str, Any]:
        if not part.extra:
            return {}
        dialect = self._dialect
        known = dialect.marked if isinstance(part, TextPart) else dialect.keys
        return own_keys(part.extra, known)

    def _image(self, part: ImagePart) -> dict[str, Any]:
        url = part.url or part.data_url
        if not self._can.images or url is None:
            raise self._refusal("pictures" if url else "pictures by file id")
        if part.url is None and part.media_type is None:
            raise self._refusal("pictures without a media_type that their bytes do not tell")
        image = {"url": url}
        if part.detail:
            image["detail"] = part.detail
        return {"type": "image_url", "image_url": image}

    def _file(self, part: FilePart) -> dict[str, Any]:
        if not self._can.files:
            raise self._refusal("files")
        if part.file_id:
            return {"type": "file", "file": {"file_id": part.file_id}}
        data = part.data_url or (part.url if self._dialect.file_urls else None)
        if data is None:
            raise self._refusal("files by URL")
        subtype = (part.media_type or "application/pdf").rpartition("/")[2]
        name = part.filename or f"file.{'txt' if subtype == 'plain' else subtype}"
        return {"type": "file", "file": {"filename": name, "file_data": data}}

    def _audio(self, part: AudioPart) -> dict[str, Any]:
        if not self._can.audio or part.data is None:
            raise self._refusal("sound" if part.data else "sound by URL")
        subtype = (part.media_type or "audio/wav").rpartition("/")[2]
        form = AUDIO_FORMATS.get(subtype, subtype)
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": form}}

    def _refusal(self, what: str) -> ModelNotSupportedError:
        return ModelNotSupportedError(
            f"{self._provider.name} takes no {what} in messages",
            provider=self._provider.name,
            model=self._request.model,
        )

    def _drop(self, what: str) -> None:
        self.dropped[f"{self._provider.name} {what}"] = None


def _call_ids(request: Request, dialect: ChatDialect) -> CallIds | None:
    """The ids of the calls as the provider takes them, each once; None where there are none."""
    if not any(message.tool_calls or message.role == "tool" for message in request.messages):
        return None
    from chimeric_models import CallIds

    return CallIds(dialect.tool_id or str)


def _joined(call: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """One message of two: the results of calls must follow the message that makes them."""
    joined = {**more, **call}
    for name in call.keys() & more.keys() - {"role", "content", "tool_calls"}:
        joined[name] = _both(call[name], more[name])
    joined["tool_calls"] = [*call["tool_calls"], *more.get("tool_calls", ())]
    one, other = call["content"], more["content"]
    if isinstance(one, str) and isinstance(other, str):
        joined["content"] = "\n\n".join(filter(None, (one, other)))
    elif one and other:
        joined["content"] = [*_parts(one), *_parts(other)]
    else:
        joined["content"] = one or other
    return joined


def _both(one: Any, other: Any) -> Any:
    """What two messages say in one field: their thoughts, say."""
    if isinstance(one, str) and isinstance(other, str):
        return "\n\n".join(filter(None, (one, other)))
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *other]  # pyright: ignore[reportUnknownVariableType]
    return one if other is None else other


def _parts(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content
