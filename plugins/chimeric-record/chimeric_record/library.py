"""All recordings of one directory: which file answers which request."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chimeric import ConfigurationError, WireRequest

from .asked import asked_by
from .exchange import VERSION, Exchange, Piece, RecordedRequest, load, save
from .scrub import Scrubber

__all__ = ["Library", "Take"]


class Take:
    """An exchange that is being recorded."""

    def __init__(self, library: Library, path: Path, request: WireRequest) -> None:
        self._library = library
        self._path = path
        self._request = request
        self.exchange = Exchange(
            v=VERSION,
            request=library.describe(request),
            asked=asked_by(request),
            headers={},
            pieces=[],
        )
        self.data: list[tuple[float, bytes]] = []
        self._saved = False

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Keep the status, and of the headers what may be kept."""
        self.exchange.status = status
        self.exchange.headers = self._library.scrubber.headers(headers, self._request.headers)

    def save(self) -> None:
        """Write the file, once."""
        if self._saved:
            return
        self._saved = True
        whole = b"".join(data for _, data in self.data)
        clean = self._library.scrubber.body(whole, self._request.headers)
        place = 0
        for at, data in self.data:
            self.exchange.pieces.append(Piece.of(at, clean[place : place + len(data)]))
            place += len(data)
        if (failure := self.exchange.failure) is not None:
            failure.message = self._library.scrubber.text(failure.message, self._request.headers)
        self._library.write(self._path, self.exchange)


class Library:
    """Finds and names recordings. Safe to share between threads.

    A request is known by its method, path and body; of equal requests the first is answered by
    the first recording, the second by the second, and so on.
    """

    def __init__(self, directory: Path, mode: str, mask: Iterable[str]) -> None:
        self.mode = mode
        self.scrubber = Scrubber(mask)
        self._directory = directory
        self._seen: Counter[str] = Counter()
        self._written: set[Path] = set()
        self._renewed: set[str] = set()
        self._lock = threading.Lock()

    def find(self, request: WireRequest) -> Exchange | Take:
        """The recording that answers a request, or a take to record it into.

        Raises:
            ConfigurationError: in the mode ``refuse``, when there is no recording, and for a
                file that is none.
        """
        path = self._path(request)
        if self.mode != "record" and path.exists():
            try:
                return load(path)
            except msgspec.DecodeError as error:
                raise ConfigurationError(f"{path} is not a readable recording: {error}") from error
        if self.mode == "refuse":
            raise ConfigurationError(
                f"no recording of {request.method} {urlsplit(request.url).path} is at {path}; "
                "record it with mode='record', or see what changed in the request"
            )
        return Take(self, path, request)

    def write(self, path: Path, exchange: Exchange) -> None:
        """Write a take. The first one that is recorded anew takes the place of all old ones of its
        request: there may be fewer now."""
        request = path.stem.rpartition("-")[0]
        with self._lock:
            self._written.add(path)
            if self.mode == "record" and request not in self._renewed:
                self._renewed.add(request)
                for old in self._directory.glob(f"{request}-*.json"):
                    if old not in self._written and old.stem.rpartition("-")[0] == request:
                        old.unlink(missing_ok=True)
            save(path, exchange)

    def describe(self, request: WireRequest) -> RecordedRequest:
        """The request as it may be written down."""
        return RecordedRequest(
            request.method,
            self.scrubber.body(request.url.encode(), request.headers).decode(),
            self.scrubber.headers(request.headers, request.headers),
            self._body(request),
        )

    def _body(self, request: WireRequest) -> Any:
        clean = self.scrubber.body(request.body, request.headers)
        try:
            return msgspec.json.decode(clean) if clean else None
        except msgspec.DecodeError:
            return clean.decode("utf-8", "replace")

    def _path(self, request: WireRequest) -> Path:
        url = urlsplit(request.url)
        told = [request.method, url.path, url.query, self._body(request)]
        digest = hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:16]
        with self._lock:
            number = self._seen[digest]
            self._seen[digest] += 1
        name = "".join(c if c.isalnum() else "-" for c in url.path.strip("/"))[-40:].strip("-")
        return self._directory / f"{name or 'root'}-{digest}-{number}.json"
