"""What a client of each protocol hears, read strictly and without any code of ours or an SDK's.

``faults`` lists whatever breaks a rule that some known client relies on: a missing role, a
finish that comes twice, an index out of order, a frame without a name.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec

from .asking import PATHS, headers
from .hearing import HEARING

__all__ = ["Heard", "hear", "read"]


class Heard(msgspec.Struct):
    """What came of one request.

    Attributes:
        status: HTTP status.
        headers: of the answer, with names in lower case.
        raw: the whole body, as far as it came.
        aborted: whether the body ended without its proper end.
        text: of all text, ``reasoning`` of all thoughts, ``refusal`` of all refusals.
        calls: id, name and arguments of each call.
        finish: the protocol's word for the end, where one came.
        ended: whether it was told that the answer is complete.
        error: the protocol's error object.
        usage: as the protocol has it.
        model: as the answer names it.
        faults: rules of the protocol that were broken.
    """

    status: int
    headers: dict[str, str]
    raw: bytes
    aborted: bool = False
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: list[tuple[str, str, str]] = []
    finish: str | None = None
    ended: bool = False
    error: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    model: str | None = None
    faults: list[str] = []

    @property
    def failed(self) -> bool:
        """Whether a client is told that there is no complete answer, and nothing else."""
        return not self.ended and (self.error is not None or self.aborted)

    def everything(self) -> str:
        """All that the client could read, as text."""
        told = "".join(f"{name}: {value}\n" for name, value in self.headers.items())
        return told + self.raw.decode("utf-8", "replace")


def hear(
    url: str,
    protocol: str,
    body: Any,
    *,
    client: httpx.Client | None = None,
    more: dict[str, str] | None = None,
) -> Heard:
    """Ask once, and read the answer to its end, well or ill."""
    # It asks over plain HTTP; to read all certificates would take longer than the answer.
    asking = client or httpx.Client(timeout=60, trust_env=False, verify=False)
    sent = {**headers(protocol), **(more or {})}
    raw, aborted = [], False
    try:
        with asking.stream("POST", url + PATHS[protocol], json=body, headers=sent) as answer:
            try:
                for piece in answer.iter_raw():
                    raw.append(piece)
            except (httpx.RemoteProtocolError, httpx.ReadError):
                aborted = True
            told = {name.lower(): value for name, value in answer.headers.items()}
            heard = Heard(answer.status_code, told, b"".join(raw), aborted)
    finally:
        if client is None:
            asking.close()
    return read(heard, protocol)


def read(heard: Heard, protocol: str) -> Heard:
    """Read what came; a reader that cannot is told of among the faults."""
    try:
        _read(heard, protocol)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        heard.faults.append(f"cannot be read: {error!r}")
    return heard


def _read(heard: Heard, protocol: str) -> None:
    hearing = HEARING[protocol]
    kind = heard.headers.get("content-type", "")
    if kind.startswith("text/event-stream"):
        if heard.status != 200:
            heard.faults.append(f"a stream with status {heard.status}")
        hearing.stream(heard, heard.raw)
        return
    if not kind.startswith("application/json"):
        heard.faults.append(f"an answer of type {kind!r}")
    try:
        told = json.loads(heard.raw)
    except ValueError:
        if not heard.aborted:
            heard.faults.append("a body that is no JSON")
        return
    if heard.status >= 400:
        hearing.refusal(heard, told)
    else:
        hearing.whole(heard, told)
