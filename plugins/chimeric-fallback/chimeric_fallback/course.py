"""What one call has come to: who answers it, and how what was cut was gone on with."""

from __future__ import annotations

from chimeric import (
    ChimericError,
    ProviderError,
    Request,
    RequestTimeoutError,
    StreamError,
    StreamInterruptedError,
    TransportError,
)

from .belongings import Belongings
from .told import Told

__all__ = ["Course"]


FAILURES = (ProviderError, StreamError, TransportError)
"""What else is raised is nobody's failure to answer: a limit of one's own, a wrong set-up."""


class Course:
    """The state of one call.

    Attributes:
        model: the model that is asked instead; "" for the one that the call names.
        left: what may be asked after it.
        belongings: what the caller gave for the first provider alone.
        told: what the provider has told of the turn, where somebody keeps it.
        base: the request of the turn, without the beginning of an answer.
        cause: the failure that is being made up for; None where nothing is.
        place: where the stream was joined last.
        vain: joins since the last event.
        prefills: how many times the turn's answer was given to a model to go on with.
        prefilled: whether the last request was such a one.
        size: characters that had been told when it was made.
        turn: number of the turn.
    """

    def __init__(self, belongings: Belongings, left: tuple[str, ...], told: Told | None) -> None:
        self.model = ""
        self.left = left
        self.belongings = belongings
        self.told = told
        self.base: Request | None = None
        self.cause: ChimericError | None = None
        self.place = ""
        self.vain = 0
        self.prefills = 0
        self.prefilled = False
        self.size = 0
        self.turn = 0

    def at(self, turn: int, request: Request) -> None:
        """A failure of a turn has come: what was noted of another turn is over."""
        if turn != self.turn:
            self.turn, self.vain, self.prefills = turn, 0, 0
            self.cause, self.place, self.prefilled = None, "", False
        if not self.prefilled or self.base is None:
            self.base = request
            return
        self.base = request.replace(messages=request.messages[:-1], extra=self.base.extra)
        if self.told is not None and len(self.told.text) > self.size:
            self.cause = None  # it was gone on with: what comes now is another failure

    def joins_at(self, place: str) -> None:
        """The stream can be joined at a place: at another one, events have come since the last."""
        if place != self.place:
            self.place, self.vain, self.cause = place, 0, None

    def next(self, place: int = 0) -> str:
        """Go on to another of the models that are left, and leave out those before it."""
        self.model = self.left[place]
        self.left = self.left[place + 1 :]
        return self.model

    def failed(self, error: ChimericError, how: str) -> ChimericError:
        """The error to tell where an answer could not be gone on with: of what cut it first."""
        over = isinstance(error, RequestTimeoutError) and error.phase == "total"
        if self.cause is None or over or not isinstance(error, FAILURES):
            return error
        gone = StreamInterruptedError(f"{self.cause.message}; {how}: {error.message}")
        gone.__cause__ = error
        return gone
