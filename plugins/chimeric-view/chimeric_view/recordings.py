"""Recordings as files: read whole, as far as they go, or refused with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import msgspec
from chimeric_record import VERSION, Exchange, load

from chimeric import ConfigurationError, PartialJSON

__all__ = ["MOST", "Recording", "read", "read_all"]

MOST = 26
"""Recordings on one page: each has a letter."""

CUT = "Input data was truncated"
"""What msgspec says of JSON that ends too early."""


class Recording(msgspec.Struct):
    """An exchange, and what is to be said of its file.

    Attributes:
        name: the file's name.
        exchange: what it holds.
        cut: bytes of the file, where it ends in the middle; else 0.
    """

    name: str
    exchange: Exchange
    cut: int = 0


def read_all(places: Iterable[str | Path]) -> list[Recording]:
    """Read some recordings.

    Raises:
        ConfigurationError: for none, for too many, and for one that cannot be read.
        OSError: for a file that cannot be opened.
    """
    recordings = [read(Path(place)) for place in places]
    if not recordings:
        raise ConfigurationError("there is no recording to show")
    if len(recordings) > MOST:
        raise ConfigurationError(
            f"one page shows {MOST} recordings at most, and these are {len(recordings)}"
        )
    return recordings


def read(path: Path) -> Recording:
    """Read one recording; one that is cut in the middle, up to there.

    Raises:
        ConfigurationError: for what is no recording, or of a later version.
        OSError: for a file that cannot be opened.
    """
    if path.is_dir():
        raise ConfigurationError(
            f"{path} is a directory; name the recordings in it, such as {path / '*.json'}"
        )
    data = path.read_bytes()
    if not data.strip():
        raise ConfigurationError(f"{path} is empty; it is not a recording")
    try:
        return Recording(_name(path), load(path))
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path} is not a readable recording: {error}") from error
    except msgspec.DecodeError as error:
        if str(error) != CUT:
            raise ConfigurationError(f"{path} is not a readable recording: {error}") from error
    exchange = _beginning(data)
    if exchange is None:
        raise ConfigurationError(
            f"{path} ends after {len(data):,} bytes, before the first thing that could be shown"
        )
    return Recording(_name(path), exchange, len(data))


def _name(path: Path) -> str:
    """The file's name, whatever its bytes are."""
    return path.name.encode("utf-8", "replace").decode()


def _beginning(data: bytes) -> Exchange | None:
    """What stands before the cut; None where that is too little, or of a later version."""
    json = PartialJSON()
    json.feed(data.decode("utf-8", "ignore"))
    if not isinstance(json.value, dict):
        return None
    told = cast("dict[str, Any]", json.value)
    if told.get("v", 1) > VERSION or "status" not in told:
        return None
    pieces: list[dict[str, Any]] = told.get("pieces") or []
    if pieces and not ("text" in pieces[-1] or "base64" in pieces[-1]):
        del pieces[-1]  # of which the time has come, and no byte
    elif pieces and "base64" in (last := pieces[-1]):
        last["base64"] = last["base64"][: len(last["base64"]) // 4 * 4]
    try:
        exchange = msgspec.convert(told, Exchange)
    except msgspec.ValidationError:
        return None
    exchange.complete = False
    return exchange
