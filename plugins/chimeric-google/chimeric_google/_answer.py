"""Reading ``GenerateContentResponse`` frames: a stream of them, or one that is the whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from chimeric import Delta, Event, FinishReason, ToolCallDelta

from ._arguments import ArgumentsWriter, PartialArgument
from ._errors import error_info
from ._frames import Frame, PlainFrame, decode_frame, decode_plain, read_usage

FINISH_REASONS: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    # The model stopped at a checkpoint that a further request could resume.
    "CONTINUATION": "length",
    **dict.fromkeys(
        (
            "SAFETY",
            "RECITATION",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT",
            "IMAGE_RECITATION",
            "MODEL_ARMOR",
            "ESCALATION",
            "PUP_LIMITED_DISABLED",
        ),
        "content_filter",
    ),
}
"""Every other reason is ``other``."""

SERVER_CALLS = {"executableCode": "code_execution", "toolCall": ""}
"""Parts that tell of a tool that Google runs, and the name of it where the part has none."""

SERVER_RESULTS = ("codeExecutionResult", "toolResponse")

PATIENCE = 16
"""Failed tries of the fast way after which a stream is read with care to its end."""

KNOWN = ("candidates", "usageMetadata", "modelVersion", "responseId", "error")
KNOWN_OF_CANDIDATE = ("content", "index", "finishReason", "finishMessage", "logprobsResult")


class _FunctionCall(msgspec.Struct, rename="camel"):
    name: str | None = None
    args: dict[str, Any] | None = None
    id: str | None = None
    partial_args: list[PartialArgument] | None = None
    will_continue: bool | None = None


_decode_raw = msgspec.json.Decoder(dict[str, Any]).decode


class Answer:
    """The memory of one response: its parts, as a later turn must send them back."""

    api = "google.generate_content"

    __slots__ = (
        "_arguments",
        "_calls",
        "_citations",
        "_finished",
        "_live",
        "_metadata",
        "_misses",
        "_opaque",
        "_parts",
        "_text",
        "_thought",
    )

    def __init__(self) -> None:
        # Whether the next frame may be plain text: the first tells the model, those from the
        # finish reason on the state.
        self._live = False
        self._misses = 0
        self._finished = False
        self._parts: list[dict[str, Any]] = []
        # Text of the part that grows, and whether it is a thought: joined when the next begins.
        self._text: list[str] = []
        self._thought = False
        # Whether the parts say more than text and reasoning do.
        self._opaque = False
        self._calls = 0
        self._arguments: ArgumentsWriter | None = None
        self._citations: list[Any] = []
        self._metadata: dict[str, Any] = {}

    def parse(self, event: Event) -> Delta | str | None:
        """What a frame of a stream adds."""
        if self._live:
            try:
                frame = decode_plain(event.data)
            except msgspec.DecodeError:
                self._misses += 1
                self._live = self._misses < PATIENCE
            else:
                return self._add_plain(frame)
        return self._read(decode_frame(event.data), event.data)

    def _add_plain(self, frame: PlainFrame) -> Delta | str:
        part = frame.candidates[0].content.parts[0]
        text, thought = part.text, part.thought is True
        if thought is not self._thought:
            self._flush()
            self._thought = thought
        self._text.append(text)
        usage = read_usage(frame.usage_metadata)
        if thought:
            return Delta(reasoning=text, usage=usage)
        return text if usage is None else Delta(text=text, usage=usage)

    def parse_whole(self, body: bytes) -> Delta:
        """What a whole answer holds.

        Raises:
            msgspec.DecodeError: when the body is no ``GenerateContentResponse``.
        """
        frame = decode_frame(body)
        known = (frame.candidates, frame.prompt_feedback, frame.usage_metadata, frame.error)
        if all(member is None for member in known):
            raise msgspec.ValidationError("neither candidates nor prompt feedback")
        self._finished = True
        delta = self._read(frame, body)
        reason = delta.finish_reason
        if reason is None and delta.error is None:
            reason = "tool_calls" if self._calls else "other"
        return msgspec.structs.replace(delta, finish_reason=reason, done=True)

    def _read(self, frame: Frame, data: bytes) -> Delta:
        """The way of every frame that is more than one piece of text."""
        if frame.error is not None:
            return Delta(error=error_info(frame.error))
        raw = _decode_raw(data)
        candidate = _first_candidate(raw)
        text, reasoning, calls, tools = self._read_parts(candidate)
        reason = self._finish(frame, candidate)
        self._live = not self._finished and self._misses < PATIENCE
        return Delta(
            text="".join(text) or None,
            reasoning="".join(reasoning) or None,
            tool_calls=tuple(calls),
            id=frame.response_id,
            model=frame.model_version,
            usage=read_usage(frame.usage_metadata),
            usage_native=raw.get("usageMetadata") if self._finished else None,
            finish_reason=reason,
            finish_reason_native=candidate.get("finishReason"),
            finish_detail=_finish_detail(frame, candidate),
            citations=self._new_citations(candidate),
            server_tools=tuple(tools),
            metadata=self._read_metadata(raw, candidate),
            state=self._state() if self._finished else None,
        )

    def _read_parts(
        self, candidate: Mapping[str, Any]
    ) -> tuple[list[str], list[str], list[ToolCallDelta], list[Any]]:
        text: list[str] = []
        reasoning: list[str] = []
        calls: list[ToolCallDelta] = []
        tools: list[Any] = []
        for part in _parts(candidate):
            words = part.get("text")
            if part.get("functionCall") is not None:
                calls += self._function_call(part)
            elif words is None:
                tools += self._other_part(part)
            else:
                self._text_part(part, words)
                (reasoning if part.get("thought") is True else text).append(words)
        return text, reasoning, calls, tools

    def _text_part(self, part: dict[str, Any], words: str) -> None:
        signed = part.get("thoughtSignature") is not None
        thought = part.get("thought") is True
        if signed or thought is not self._thought:
            self._flush()
            self._thought = thought
        if signed:
            # The signature belongs to this very part, even where its text is empty.
            self._keep(part)
        elif words:
            self._text.append(words)

    def _other_part(self, part: dict[str, Any]) -> list[Any]:
        """Keep a part that is neither text nor call; return the server tool that it tells of."""
        self._keep(part)
        tools: list[Any] = []
        for kind, name in SERVER_CALLS.items():
            if isinstance(body := part.get(kind), dict):
                fields = cast("dict[str, Any]", body)
                tools.append({"type": kind, "name": fields.get("toolType") or name, **fields})
        for kind in SERVER_RESULTS:
            if isinstance(body := part.get(kind), dict):
                self._collect("server_tool_results", {"type": kind, **body})
        if part.get("inlineData") is not None:
            self._collect("inline_data", part["inlineData"])
        return tools

    def _function_call(self, part: dict[str, Any]) -> list[ToolCallDelta]:
        call = msgspec.convert(part["functionCall"], _FunctionCall)
        deltas: list[ToolCallDelta] = []
        if call.name:
            self._calls += 1
            if not call.partial_args and not call.will_continue:
                self._arguments = None
                self._keep(part)
                text = msgspec.json.encode(call.args or {}).decode()
                return [self._call_delta(text, True, call)]
            self._arguments = ArgumentsWriter()
            kept: dict[str, Any] = {"name": call.name, "args": {}}
            if call.id:
                kept["id"] = call.id
            self._keep({**part, "functionCall": kept})
            deltas.append(self._call_delta("", False, call))
        writer = self._arguments
        if writer is None:
            return deltas
        pieces = call.partial_args or ()
        deltas += [self._call_delta(writer.add(piece), False) for piece in pieces]
        if not call.will_continue:
            deltas.append(self._call_delta(writer.close(), True))
            self._parts[-1]["functionCall"]["args"] = msgspec.json.decode(writer.text())
            self._arguments = None
        return deltas

    def _call_delta(
        self, arguments: str, complete: bool, call: _FunctionCall | None = None
    ) -> ToolCallDelta:
        return ToolCallDelta(
            index=self._calls - 1,
            id=call.id if call else None,
            name=call.name if call else None,
            arguments=arguments,
            complete=complete,
        )

    def _keep(self, part: dict[str, Any]) -> None:
        self._flush()
        self._opaque = True
        self._parts.append(part)

    def _flush(self) -> None:
        if self._text:
            part: dict[str, Any] = {"text": "".join(self._text)}
            if self._thought:
                part["thought"] = True
            self._parts.append(part)
            self._text = []

    def _state(self) -> list[Any] | None:
        self._flush()
        return list(self._parts) if self._opaque else None

    def _finish(self, frame: Frame, candidate: Mapping[str, Any]) -> FinishReason | None:
        native = candidate.get("finishReason")
        feedback = frame.prompt_feedback or {}
        if native is None:
            if not feedback.get("blockReason"):
                return None
            self._finished = True
            return "content_filter"
        self._finished = True
        reason = FINISH_REASONS.get(native, "other")
        # STOP ends tool turns too: there is no reason of their own.
        return "tool_calls" if reason == "stop" and self._calls else reason

    def _new_citations(self, candidate: Mapping[str, Any]) -> tuple[Any, ...]:
        grounding: dict[str, Any] = candidate.get("groundingMetadata") or {}
        sources: dict[str, Any] = candidate.get("citationMetadata") or {}
        found = _list(grounding.get("groundingChunks"))
        found += _list(sources.get("citations") or sources.get("citationSources"))
        new = [source for source in found if source not in self._citations]
        self._citations += new
        return tuple(new)

    def _collect(self, name: str, item: Any) -> None:
        self._metadata.setdefault(name, []).append(item)

    def _read_metadata(
        self, raw: Mapping[str, Any], candidate: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """What has no field of its own, under its own name in snake_case."""
        for source, known in ((raw, KNOWN), (candidate, KNOWN_OF_CANDIDATE)):
            for name, value in source.items():
                if name not in known and value not in (None, {}, []):
                    self._metadata[_snake(name)] = value
        if candidate.get("logprobsResult"):
            self._collect("logprobs_result", candidate["logprobsResult"])
        return dict(self._metadata) or None


def _first_candidate(raw: Mapping[str, Any]) -> dict[str, Any]:
    candidates: list[dict[str, Any]] = raw.get("candidates") or []
    for candidate in candidates:
        if not candidate.get("index"):
            return candidate
    return {}


def _list(value: object) -> list[Any]:
    return msgspec.convert(value or [], list[Any])


def _parts(candidate: Mapping[str, Any]) -> list[dict[str, Any]]:
    content: dict[str, Any] = candidate.get("content") or {}
    return content.get("parts") or []


def _finish_detail(frame: Frame, candidate: Mapping[str, Any]) -> Any:
    detail = candidate.get("finishMessage")
    return (frame.prompt_feedback or {}).get("blockReason") if detail is None else detail


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name)
