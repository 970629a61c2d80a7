"""What an event truly tells, as the generator that wrote it knows; and what follows from it."""

from __future__ import annotations

import json
from typing import TypeAlias

import msgspec

__all__ = [
    "PROVIDER_ERRORS",
    "Arguments",
    "Begun",
    "Closed",
    "Disowned",
    "Ended",
    "Failed",
    "Finished",
    "Kept",
    "Outcome",
    "Reading",
    "Said",
    "Tell",
]

GOOD = ("stop", "tool_calls")


class Said(msgspec.Struct, frozen=True):
    """Text of the answer; ``kind`` is ``text``, ``reasoning`` or ``refusal``."""

    kind: str
    text: str


class Begun(msgspec.Struct, frozen=True):
    """A call has its name."""

    call: int
    name: str
    custom: bool = False


class Arguments(msgspec.Struct, frozen=True):
    """A piece of a call's arguments."""

    call: int
    text: str


class Closed(msgspec.Struct, frozen=True):
    """The protocol says that all of a call has come."""

    call: int


class Disowned(msgspec.Struct, frozen=True):
    """The protocol says that a call was cut off."""

    call: int


class Kept(msgspec.Struct, frozen=True):
    """Something that a whole answer has in its metadata, under this name."""

    name: str


class Finished(msgspec.Struct, frozen=True):
    """A finish reason: the unified reasons that are right for it, all good ones or none."""

    reasons: tuple[str, ...]
    or_error: bool = False
    """Whether an error may be made of it: the word is ``error``, and nothing says more."""


class Ended(msgspec.Struct, frozen=True):
    """The protocol's terminal signal."""


class Failed(msgspec.Struct, frozen=True):
    """An error: the classes that are right for it, and the server's words."""

    classes: tuple[str, ...]
    says: str
    vague: bool = False
    """Whether another event may still tell what it was."""


Tell: TypeAlias = Said | Kept | Begun | Arguments | Closed | Disowned | Finished | Ended | Failed


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """All that may be seen of the first turn, where this outcome is the right one."""

    text: str
    reasoning: str
    """Without white space: paragraphs may be parted in several ways."""
    refusal: str
    calls: tuple[tuple[str, str], ...] = ()
    """Names and arguments of the calls that are completed."""
    runs: bool = True
    """Whether they are run, too: after a good end."""
    finish: tuple[str, ...] = ()
    """Finish reasons that are right; none for an error."""
    errors: tuple[str, ...] = ()
    """Exception classes that are right; none for an answer that ended well."""
    says: str = ""
    metadata: tuple[str, ...] = ()
    """Names that the metadata of an answer has that ended well."""


class _Call:
    __slots__ = ("closed", "custom", "disowned", "name", "pieces")

    def __init__(self) -> None:
        self.name = ""
        self.custom = False
        self.pieces: list[str] = []
        self.closed = False
        self.disowned = False

    @property
    def empty(self) -> bool:
        return not self.pieces

    def ready(self, finish: Finished | None) -> bool:
        if not self.name or self.disowned:
            return False
        if finish is None:
            # Nobody says how the turn ended: whole JSON tells that nothing is missing.
            return self.closed or (not self.custom and _is_object("".join(self.pieces)))
        return finish.reasons[0] in GOOD

    def told(self) -> tuple[str, str]:
        text = "".join(self.pieces)
        if not self.custom and text.strip() in ("", "null"):
            text = "{}"
        return self.name, text


class Reading:
    """The events of a stream, read by somebody who knows what each was meant to tell."""

    __slots__ = (
        "_calls",
        "_ended",
        "_failed",
        "_finish",
        "_kept",
        "_late",
        "_resumed",
        "_said",
    )

    def __init__(self) -> None:
        self._said: dict[str, list[str]] = {"text": [], "reasoning": [], "refusal": []}
        self._calls: dict[int, _Call] = {}
        self._kept: tuple[str, ...] = ()
        self._finish: Finished | None = None
        self._resumed = False
        self._late = False
        self._ended = False
        self._failed: Failed | None = None

    @property
    def over(self) -> bool:
        """Whether nothing that comes after this can change anything."""
        return self._ended or (self._failed is not None and not self._failed.vague)

    def take(self, tell: Tell) -> None:
        """Read on."""
        if self.over:
            return
        match tell:
            case Said():
                self._say(tell)
            case Kept():
                self._kept = (*self._kept, tell.name)
            case Finished():
                self._finish, self._resumed, self._late = tell, False, False
            case Ended():
                self._ended = True
            case Failed():
                self._failed = tell
            case _:
                self._resumed = self._finish is not None or self._resumed
                self._take_call(tell)

    def _say(self, tell: Said) -> None:
        if not tell.text:
            return
        if self._finish is not None:
            # One last piece of text may come after the reason; anything else means that the
            # reason was none.
            if tell.kind == "text" and self._said["text"]:
                self._late = True
            else:
                self._resumed = True
        self._said[tell.kind].append(tell.text)

    def _take_call(self, tell: Begun | Arguments | Closed | Disowned) -> None:
        if isinstance(tell, Arguments) and not tell.text:
            return
        call = self._calls.setdefault(tell.call, _Call())
        match tell:
            case Begun():
                call.name, call.custom = tell.name, tell.custom
            case Arguments():
                call.pieces.append(tell.text)
            case Closed():
                call.closed = True
            case Disowned():
                call.disowned = True

    def outcomes(self, broken: bool, document: bool) -> list[Outcome]:
        """What may be seen, with nothing more to come.

        Args:
            broken: whether the connection broke, or the body ended where that can be told.
            document: whether the body began with a bare object, and so may be one document.
        """
        failed = self._failed
        if failed is not None:
            # A break in the wait for the reason may be told as what it is.
            argued = broken and (failed.vague or document)
            more = ("StreamInterruptedError",) if argued else ()
            says = "" if argued else failed.says
            return [self._error((*failed.classes, *more), says)]
        # A document that is cut is none.
        cut = self._error(("StreamInterruptedError", *(["ProtocolError"] if document else [])), "")
        if not self._ended and (self._finish is None or self._resumed):
            return [cut]
        right = self._well()
        if not self._ended and (self._late or broken):
            # Text after the reason: the end, or not? A break after it: is there more to lose?
            right.append(cut)
        return right

    def failure(self, classes: tuple[str, ...]) -> Outcome:
        """An error without known words, after all that was read."""
        return self._error(classes, "")

    def _well(self) -> list[Outcome]:
        # An answer that went on after its reason had not ended with it: then nobody said why.
        finish = None if self._resumed else self._finish
        if finish is not None and finish.reasons[0] == "pause":
            return self._paused()
        ready = [call for call in self._calls.values() if call.ready(finish)]
        right = [self._success(ready, self._reasons(finish, ready))]
        if finish is None and any(call.empty for call in ready):
            # Nobody says how the turn ended: was a call without arguments closed, or cut off?
            ready = [call for call in ready if not call.empty]
            right.append(self._success(ready, self._reasons(finish, ready)))
        if finish is not None and finish.or_error:
            right.append(self._error(PROVIDER_ERRORS, ""))
        return right

    def _paused(self) -> list[Outcome]:
        """The provider wants the turn to be continued, with or without the calls it closed."""
        closed = [call for call in self._calls.values() if call.closed and call.name]
        filled = [call for call in closed if not call.empty]
        paused = [self._success(calls, ("pause",)) for calls in ([], closed, filled)]
        return [msgspec.structs.replace(outcome, runs=False) for outcome in paused]

    def _reasons(self, finish: Finished | None, calls: list[_Call]) -> tuple[str, ...]:
        good = finish is None or finish.reasons[0] in GOOD
        if not good:
            assert finish is not None
            return finish.reasons
        if calls:
            return ("tool_calls",)
        if self._said["refusal"]:
            return ("refusal",) if finish is not None else ("refusal", "stop", "other")
        if finish is not None and finish.reasons == ("stop",) and not self._calls:
            return ("stop",)
        return ("stop", "other")  # calls were spoken of, but there are none

    def _success(self, calls: list[_Call], finish: tuple[str, ...]) -> Outcome:
        told = tuple(call.told() for call in calls)
        return Outcome(**self._content(), calls=told, finish=finish, metadata=self._kept)

    def _error(self, classes: tuple[str, ...], says: str) -> Outcome:
        return Outcome(**self._content(), errors=classes, says=says)

    def _content(self) -> dict[str, str]:
        said = {kind: "".join(pieces) for kind, pieces in self._said.items()}
        return {**said, "reasoning": "".join(said["reasoning"].split())}


PROVIDER_ERRORS = (
    "AuthenticationError",
    "BadRequestError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServerError",
)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
