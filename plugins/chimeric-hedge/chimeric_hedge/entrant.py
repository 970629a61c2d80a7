"""One model's part in a contest, and what of it can be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from chimeric import Chimeric, ChimericError, RefusedError, Usage

__all__ = ["Entrant", "Outcome"]

NOTHING: dict[str, Any] = dict.fromkeys(("model", "after", "waited", "outcome", "error", "usage"))
"""All keys from the start on: whoever reads them meanwhile is not disturbed."""

Outcome = Literal["asked", "won", "lost", "failed", "refused"]


class Entrant(msgspec.Struct, eq=False, kw_only=True):
    """A model that may be asked. Times are of ``time.monotonic``.

    Attributes:
        model: its name, as the caller wrote it.
        ask: asks it, with the client that it has for itself: closing that ends this request
            alone, in whatever state it is.
        started: when it was asked; None when it was not.
        settled: when it won, lost or failed.
        ended: whether nothing of it runs any more, or all of it was given to the caller.
    """

    model: str
    ask: Callable[[Chimeric, float], Any]
    client: Chimeric | None = None
    started: float | None = None
    settled: float | None = None
    outcome: Outcome = "asked"
    error: BaseException | None = None
    answer: Any = None
    ready: bool = False
    ended: bool = False
    told: dict[str, Any] = msgspec.field(default_factory=lambda: dict(NOTHING))

    @property
    def waiting(self) -> bool:
        """Whether it was asked, and nothing has become of it yet."""
        return self.started is not None and self.outcome == "asked"

    def settle(self, outcome: Outcome, now: float, error: BaseException | None = None) -> None:
        """It has come to this."""
        self.outcome, self.settled, self.error = outcome, now, error
        if error is not None and outcome == "failed" and isinstance(error, RefusedError):
            self.outcome = "refused"

    @property
    def fault(self) -> str:
        """The kind and the words of what went wrong; empty where nothing did."""
        if self.error is None:
            return ""
        words = self.error.message if isinstance(self.error, ChimericError) else self.error
        return f"{type(self.error).__name__}: {words}"

    def tell(self, since: float) -> None:
        """Bring ``told`` up to date: plain data, for metadata."""
        assert self.started is not None
        self.told["model"] = self.model
        self.told["after"] = round(self.started - since, 6)
        self.told["outcome"] = self.outcome
        self.told["error"] = self.fault or None
        if self.settled is not None:
            self.told["waited"] = round(self.settled - self.started, 6)

    def tell_usage(self, usage: Usage) -> None:
        """Tell what was used, where it is known."""
        if usage.source != "missing":
            self.told["usage"] = msgspec.to_builtins(usage)
