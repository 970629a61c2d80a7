"""What a batch keeps of its requests and results, on threads and on event loops alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any, TypeAlias, cast

from chimeric import ConfigurationError

from .bar import ProgressBar
from .digests import settings_digest
from .hopeless import concerns_every_request
from .jobs import BatchResult, Job, as_count
from .progress import BatchProgress, Tally
from .results import ResultsFile, repeated

__all__ = ["GIVE_UP_AFTER", "Ledger", "OnProgress", "Results"]

OnProgress: TypeAlias = Callable[[BatchProgress], None]
Results: TypeAlias = "str | os.PathLike[str] | ResultsFile"

GIVE_UP_AFTER = 8
"""So many failures of a hopeless kind end a batch that has no answer yet."""


class Ledger:
    """Decides what is asked, keeps what comes, tells how far it is, and when there is no sense in
    going on.

    Raises:
        ConfigurationError: for an argument that cannot be meant, and for a results file that is
            not of these requests.
        OSError: when the results file cannot be opened.
    """

    def __init__(
        self,
        requests: object,
        defaults: Mapping[str, Any],
        *,
        system: str | None,
        results: Results | None,
        progress: bool | OnProgress,
        total: int | None,
        give_up_after: int | None,
    ) -> None:
        if give_up_after is not None:
            as_count("give_up_after", give_up_after)
        if total is None and isinstance(requests, Sized):
            total = len(requests)
        self._defaults = defaults
        self._system = system
        self._settings = settings_digest(defaults, system) if results is not None else ""
        self._give_up_after = give_up_after
        self._tally = Tally(total)
        self._tell = _teller(progress)
        self._seen: set[str | int] = set()
        self._repeated: set[int] = set()
        self._refused = 0
        self._owned = not isinstance(results, ResultsFile)
        if results is None or isinstance(results, ResultsFile):
            self._results = results
        else:
            self._results = ResultsFile(results)
        # Where there are answers, the rest may be what fails each time for reasons of its own.
        self._resumed = bool(self._results)
        try:
            self._compare(requests)
        except BaseException:
            self.close()
            raise

    def admit(self, index: int, request: object) -> Job | None:
        """What to do for a request; None when it has its answer.

        Raises:
            ConfigurationError: when the results file has the answer of another prompt for it.
        """
        job = Job.of(index, request, self._defaults, system=self._system)
        results = self._results
        if results is None:
            return job
        if job.id in self._seen:
            self._repeated.add(index)
            return job.refused(repeated(job.id))
        self._seen.add(job.id)
        if results._admits(job, self._settings):
            return job
        self._tally.skipped += 1
        return None

    def settle(self, result: BatchResult) -> BatchResult:
        """Keep a result, and tell of it, before the caller gets it.

        Raises:
            OSError: when it cannot be written to the results file.
            Exception: the result's own error, when nothing else has come of this batch.
        """
        error = result.error
        if result.index in self._repeated:
            self._repeated.discard(result.index)  # its id is another's in the file
        elif self._results is not None:
            self._results.append(result)
        self._tally.count(result)
        if self._tell is not None:
            self._tell(self._tally.progress())
        if error is not None and self._is_hopeless(error):
            error.add_note(
                f"{self._refused} requests failed like this before any was answered, so the batch "
                "was given up. give_up_after=None goes on."
            )
            raise error
        return result

    def end(self) -> None:
        """All requests are read and answered: tell so."""
        if self._tell is not None:
            self._tell(self._tally.progress())

    def close(self) -> None:
        """Close the results file and the bar that were made here. Idempotent."""
        if self._owned and self._results is not None:
            self._results.close()
        if isinstance(self._tell, ProgressBar):
            self._tell.close()

    def _is_hopeless(self, error: Exception) -> bool:
        if self._give_up_after is None or self._tally.answered:
            return False
        wrong = isinstance(error, ConfigurationError) and not self._resumed
        self._refused += wrong or concerns_every_request(error)
        return self._refused >= self._give_up_after

    def _compare(self, requests: object) -> None:
        """See whether the results file is of these requests, as far as they can be read twice."""
        results = self._results
        if not results:
            return
        if isinstance(requests, Sequence):
            changed = results.changed(requests)  # pyright: ignore[reportUnknownArgumentType]
            if changed:
                raise results._fault(changed)
        results._warn_of_others(self._settings)


def _teller(progress: Any) -> OnProgress | None:
    if progress is True:
        return ProgressBar()
    if progress is False or progress is None:
        return None
    if not callable(progress):
        raise ConfigurationError(f"progress must be True or a function, not {progress!r}")
    return cast("OnProgress", progress)
