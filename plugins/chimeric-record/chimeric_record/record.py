"""The recorder as a plugin: an object for one client, hooks for all clients of a process."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from chimeric import ConfigurationError, hookimpl

if TYPE_CHECKING:
    from chimeric import AsyncTransport, Transport

    from .library import Library

__all__ = ["Mode", "Record", "chimeric_api", "chimeric_wrap_transport"]


Mode: TypeAlias = Literal["record", "replay", "refuse"]


class Record:
    """A plugin for ``Chimeric(plugins=[...])``.

    Args:
        directory: where the files are, one for each exchange; made when the first is written.
        mode: ``record`` sends every request and writes what came; ``replay`` answers requests
            that are known from their files, and sends and records the others; ``refuse`` sends
            nothing: an unknown request is an error.
        speed: 1 replays with the recorded pauses, 2 with half of them; 0 with none.
        mask: regular expressions of more that must not stand in a file.

    Raises:
        ConfigurationError: for an unknown mode.

    Example:
        .. code-block:: python

            client = Chimeric(plugins=[Record("tests/recordings", mode="refuse")])
    """

    def __init__(
        self,
        directory: str | Path,
        mode: Mode = "replay",
        *,
        speed: float = 0.0,
        mask: Iterable[str] = (),
    ) -> None:
        if mode not in ("record", "replay", "refuse"):
            raise ConfigurationError(f"the mode must be record, replay or refuse, not {mode!r}")
        self.directory = Path(directory)
        self.mode: Mode = mode
        self._speed = speed
        self._mask = tuple(mask)
        self._library: Library | None = None

    @hookimpl
    def chimeric_wrap_transport(
        self, transport: Transport | AsyncTransport, asynchronous: bool
    ) -> Transport | AsyncTransport:
        """Put the recorder between the client and its transport."""
        from .library import Library
        from .transports import AsyncRecorder, Recorder

        if self._library is None:
            self._library = Library(self.directory, self.mode, self._mask)
        wrap = AsyncRecorder if asynchronous else Recorder
        return wrap(transport, self._library, self._speed)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def _of_environment(directory: str, mode: Mode) -> Record:
    return Record(directory, mode)


chimeric_api = (2, 2)


@hookimpl
def chimeric_wrap_transport(
    transport: Transport | AsyncTransport, asynchronous: bool
) -> Transport | AsyncTransport | None:
    """The recorder that ``CHIMERIC_RECORD`` asks for, or none."""
    directory = os.environ.get("CHIMERIC_RECORD")
    if not directory:
        return None
    mode: Mode = os.environ.get("CHIMERIC_RECORD_MODE", "replay")  # type: ignore[assignment]
    return _of_environment(directory, mode).chimeric_wrap_transport(transport, asynchronous)
