"""Reading ``GenerateContentResponse`` frames: a stream of them, or one that is the whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, cast

import msgspec

from chimeric import Delta, Event, FinishReason, Request, ServerToolChunk, Usage

from .blocks.files import Files
from .blocks.grounding import Grounding
from .blocks.logprobs import read_logprobs
from .blocks.said import Said
from .blocks.server_tools import ServerTools
from .calls import Calls
from .candidates import Candidates, End
from .errors import event_error, read_error
from .frames import Counts, Frame, PlainFrame, decode_frame, decode_plain, read_usage
from .parts import REMARKS, Parts, server_tools, told_in_metadata

PATIENCE = 16
"""Failed tries of the fast way after which a stream is read with care to its end."""

KNOWN = ("candidates", "usageMetadata", "modelVersion", "responseId", "error")
KNOWN_OF_CANDIDATE = ("content", "index", "finishReason", "finishMessage", "logprobsResult")

_decode_any = msgspec.json.Decoder().decode

Told: TypeAlias = Delta | list[Delta] | str | None


class Answer:
    """The memory of one response: its parts, as a later turn must send them back."""

    api = "google.generate_content"

    __slots__ = (
        "_add_text",
        "_calls",
        "_candidates",
        "_counted",
        "_files",
        "_finished",
        "_grounding",
        "_live",
        "_metadata",
        "_misses",
        "_parts",
        "_tools",
    )

    def __init__(self, request: Request | None = None) -> None:
        # Whether the next frame may be plain text: the first tells the model, those from the
        # finish reason on the state.
        self._live = False
        self._misses = 0
        self._finished = False
        self._parts = Parts()
        self._add_text = self._parts.text.append
        self._candidates = Candidates(request)
        self._calls = Calls()
        self._counted: Counts | None = None
        self._tools = ServerTools()
        self._grounding = Grounding(self._tools)
        self._files = Files()
        self._metadata: dict[str, Any] = {}

    def parse(self, event: Event) -> Told:
        """What a frame of a stream adds."""
        if self._live:
            try:
                frame = decode_plain(event.data)
            except msgspec.DecodeError:
                self._misses += 1
            else:
                return self._add_plain(frame)
        try:
            whole = decode_frame(event.data)
        except msgspec.DecodeError:
            return self._odd(event)
        return self._read(whole, event)

    def _add_plain(self, frame: PlainFrame) -> Delta | str:
        part = frame.candidates[0].content.parts[0]
        text, thought = part.text, part.thought is True
        counted = frame.usage_metadata
        if counted is not None and counted.prompt_token_count is not None:
            self._counted = counted
        if thought is not self._parts.thought:
            return self._turned(text, thought)
        self._add_text(text)
        return Delta(reasoning=text) if thought else text

    def _turned(self, text: str, thought: bool) -> Delta:
        """Text after thoughts, or the other way round: a block of its own."""
        self._note_speaker()
        block = self._parts.begin(thought)
        self._add_text(text)
        return Delta(reasoning=text, block=block) if thought else Delta(text=text, block=block)

    def running_usage(self) -> Usage | None:
        """The counts that were not told: nearly every frame has some, and few are asked for."""
        return read_usage(self._counted)

    def _usage(self, frame: Frame) -> Usage | None:
        """The newest counts, to be told."""
        counted, self._counted = self._counted, None
        return read_usage(frame.usage_metadata) or read_usage(counted)

    def _odd(self, event: Event) -> Told:
        """An event that is no frame: the end of another protocol, an error, or broken.

        Raises:
            msgspec.DecodeError: for the last.
        """
        data = event.data.strip()
        if data == b"[DONE]":
            return None  # gateways end every protocol with it; only a finish reason counts
        try:
            body = _decode_any(data)
        except msgspec.DecodeError:
            if event.name != "error":
                raise
            return Delta(error=event_error(None, data))
        error = read_error(body)
        if error is None and event.name == "error":
            error = event_error(body, data)
        if error is not None:
            return Delta(error=error)
        if isinstance(body, list) and len(frames := cast("list[object]", body)) == 1:
            return self.parse(Event(msgspec.json.encode(frames[0]), event.name))
        decode_frame(data)
        raise msgspec.ValidationError("no frame of an answer")

    def parse_whole(self, body: bytes) -> Delta | list[Delta]:
        """What a whole answer holds.

        Raises:
            msgspec.DecodeError: when the body is no ``GenerateContentResponse``.
        """
        self._finished = self._files.whole = True
        event = Event(body)
        try:
            frame = decode_frame(body)
        except msgspec.DecodeError:
            return _done(self._odd(event))
        if not _is_frame(frame) and read_error(_decode_any(body)) is None:
            raise msgspec.ValidationError("neither candidates nor prompt feedback")
        return _done(self._read(frame, event))

    def _read(self, frame: Frame, event: Event) -> Delta | list[Delta]:
        """The way of every frame that is more than one piece of text."""
        raw: dict[str, Any] = _decode_any(event.data)
        self._note_speaker()
        candidates = self._candidates.read(raw)
        said = Said()
        first = candidates[0][1] if candidates else {}
        self._grounding.fetch(first, said)
        for index, candidate in candidates:
            self._read_parts(index, candidate, said)
        said.weigh(read_logprobs(first.get("logprobsResult")))
        end = self._finish(frame, candidates)
        if end is not None:
            self._finished = True
            said.add("tool_calls", self._calls.cut())
        if self._finished:
            said.add("files", self._files.end())
        self._grounding.read(first, self._parts.texts, said, last=self._finished)
        self._live = self._goes_on_plain()
        deltas = said.deltas(
            id=frame.response_id,
            model=frame.model_version,
            usage=self._usage(frame),
            usage_native=raw.get("usageMetadata") if self._finished else None,
            finish_reason=None if end is None else end.reason,
            finish_reason_native=None if end is None else end.native or None,
            finish_detail=None if end is None else end.detail,
            metadata=self._read_metadata(raw, first),
            state=self._parts.state() if self._finished else None,
        )
        if frame.error is not None or not _is_frame(frame):
            deltas[-1] = self._failed(deltas[-1], frame, raw, event)
        return deltas[0] if len(deltas) == 1 else deltas

    def _goes_on_plain(self) -> bool:
        """Whether more of the text that grows, and nothing else, is likely to follow."""
        parts = self._parts
        if self._finished or self._misses >= PATIENCE or not self._candidates.plain:
            return False
        return parts.open is parts.thought

    def _failed(self, delta: Delta, frame: Frame, raw: dict[str, Any], event: Event) -> Delta:
        """A frame that tells an error, or nothing that is known here."""
        error = None
        if not _is_frame(frame) and event.name == "error":
            error = event_error(raw, event.data)
        elif frame.error or not _is_frame(frame):
            error = read_error(raw)
        return msgspec.structs.replace(delta, error=error) if error is not None else delta

    def _read_parts(self, index: int, candidate: Mapping[str, Any], said: Said) -> None:
        for part in _parts(candidate):
            words, thought = part.get("text"), part.get("thought")
            flag = thought is True or thought == "true"
            if isinstance(thought, str) and thought.lower() not in ("", "true", "false"):
                self._say(index, thought, said, thought=True)  # some proxies put the words there
            if part.get("functionCall") is not None:
                if words:
                    self._say(index, words, said, thought=flag)
                self._function_call(index, _without_text(part), said)
            elif words is None:
                self._other_part(part, said)
            else:
                signed = part if part.get("thoughtSignature") is not None else None
                self._say(index, words, said, thought=flag, signed=signed)
                if rest := _data_beside_text(part):
                    self._other_part(rest, said)

    def _say(
        self,
        index: int,
        words: str,
        said: Said,
        *,
        thought: bool,
        signed: dict[str, Any] | None = None,
    ) -> None:
        if not self._candidates.claim(index, "reasoning" if thought else "text", words):
            return
        self._parts.say(words, thought=thought, signed=signed)
        if words:
            said.add("files", self._files.end())
            said.say(words, self._parts.block, thought=thought)

    def _other_part(self, part: dict[str, Any], said: Said) -> None:
        """Keep a part that is neither text nor call, and tell what it holds."""
        if not part or (part.keys() == {"thought"} and part["thought"] not in (True, None)):
            return
        self._parts.keep(part)
        if "inlineData" not in part:
            said.add("files", self._files.end())
        said.add("server_tools", self._tools.read(part, server_tools(part)))
        said.add("files", self._files.read(part))
        for name, item in told_in_metadata(part):
            self._metadata.setdefault(name, []).append(item)
            if name == "other_parts":
                said.add("server_tools", [self._unknown(part)])

    def _unknown(self, part: dict[str, Any]) -> ServerToolChunk:
        name = next((name for name in part if name not in REMARKS), "")
        identity = self._tools.make_id("other")
        return ServerToolChunk(id=identity, name=name, status="completed", native=part)

    def _function_call(self, index: int, part: dict[str, Any], said: Said) -> None:
        if not self._candidates.calls(index):
            return
        added = self._calls.read(index, part)
        said.add("files", self._files.end())
        said.add("tool_calls", added)
        call = part["functionCall"]
        if not added and call and not call.get("name"):  # of no call that began
            self._metadata.setdefault("other_parts", []).append(part)
        if self._calls.kept is not None:
            self._parts.keep(self._calls.kept)

    def _note_speaker(self) -> None:
        if self._parts.text:
            self._candidates.own("reasoning" if self._parts.thought else "text")

    def _finish(self, frame: Frame, candidates: list[tuple[int, dict[str, Any]]]) -> End | None:
        """How the answer ends, where this frame tells it. STOP ends tool turns too."""
        told = [self._candidates.end(index, candidate) for index, candidate in candidates]
        end = self._candidates.ended() if any(told) else None
        blocked = (frame.prompt_feedback or {}).get("blockReason")
        if not blocked or blocked == "BLOCK_REASON_UNSPECIFIED":
            return end
        reason: FinishReason = "content_filter"
        return End(reason, "" if end is None else end.native, blocked)

    def _read_metadata(
        self, raw: Mapping[str, Any], candidate: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """What has no field of its own, under its own name in snake_case."""
        for source, known in ((raw, KNOWN), (candidate, KNOWN_OF_CANDIDATE)):
            for name, value in source.items():
                if name not in known and value not in (None, {}, []):
                    self._metadata[_snake(name)] = value
        if candidate.get("logprobsResult"):
            self._metadata.setdefault("logprobs_result", []).append(candidate["logprobsResult"])
        if self._finished and (others := self._candidates.others()):
            self._metadata["other_candidates"] = others
        return dict(self._metadata) or None


def _done(told: Told) -> Delta | list[Delta]:
    """What is told, with the end of the answer in the last of it."""
    if isinstance(told, list):
        return [*told[:-1], msgspec.structs.replace(told[-1], done=True)]
    return msgspec.structs.replace(cast("Delta", told), done=True)


def _is_frame(frame: Frame) -> bool:
    """Whether it tells anything that belongs to an answer."""
    known = (frame.candidates, frame.prompt_feedback, frame.usage_metadata)
    return any(member is not None for member in known)


def _without_text(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "text"}


def _data_beside_text(part: dict[str, Any]) -> dict[str, Any]:
    """The files and server tools of a part that has text as well."""
    rest = _without_text(part)
    told = bool(server_tools(rest)) or any(n != "other_parts" for n, _ in told_in_metadata(rest))
    return {n: v for n, v in rest.items() if n != "thoughtSignature"} if told else {}


def _parts(candidate: Mapping[str, Any]) -> list[dict[str, Any]]:
    content: dict[str, Any] = candidate.get("content") or {}
    return content.get("parts") or []


def _snake(name: str) -> str:
    return "".join("_" + c.lower() if c.isupper() else c for c in name)
