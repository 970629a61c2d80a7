"""How an exchange ended, and what of its headers, names and addresses may be told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from chimeric_record import Exchange

from chimeric import ChimericError

from .hiding import Hider

__all__ = ["end_of", "headers_of", "host_of", "model_of"]

HEADERS = {
    "content-type": r"(?:application/(?:json|x-ndjson|vnd\.amazon\.eventstream)"
    r"|text/(?:event-stream|html|plain))(?:; ?charset=[uU][tT][fF]-8)?",
    "content-length": r"\d{1,12}",
    "content-encoding": r"gzip|deflate|br|zstd|identity",
    "date": r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    "retry-after": r"[\d.]{1,10}|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT",
    "retry-after-ms": r"[\d.]{1,10}",
    "x-should-retry": r"true|false",
    "request-id": r"",
    "x-amzn-requestid": r"",
    "x-request-id": r"",
}
"""Headers of answers that are told, and the form in which their values are shown."""

ENDS = {
    "connection": "the connection failed or was lost",
    "protocol": "the bytes were not what the protocol asks for",
    "incomplete": "the body ended without the provider's own signal of the end",
    "auth": "the provider refused the key",
    "permission": "the provider did not permit it",
    "not_found": "the provider knows no such model or address",
    "bad_request": "the provider could not take the request",
    "rate_limit": "the provider's rate limit was reached",
    "server": "the provider failed",
}
PHASES = {
    "connect": "no connection in time",
    "headers": "no headers in time",
    "first": "no content in time",
    "read": "no bytes in time",
    "gap": "the pause between two chunks was longer than allowed",
    "total": "the call took longer than allowed",
}
ACCOUNT = re.compile(r"\d{12}")


def end_of(
    exchange: Exchange, error: ChimericError | None, cut: int, hider: Hider
) -> dict[str, Any]:
    """What ended an exchange, in words: how, when, why."""
    last = exchange.pieces[-1].at if exchange.pieces else exchange.at
    told: dict[str, Any] = {"how": "complete", "at": last, "why": "complete"}
    if cut:
        told |= {"how": "cut", "why": f"the file is cut after {cut:,} bytes; shown up to there"}
    elif (failure := exchange.failure) is not None:
        told |= _failed(failure.kind, failure.phase, failure.message, hider)
        told["at"] = failure.at
    elif not exchange.complete:
        told |= {"how": "left", "why": "the caller stopped reading"}
    elif error is not None:
        told |= _failed(error.kind, getattr(error, "phase", None), error.message, hider)
        told["error"] = type(error).__name__
    return told


def _failed(kind: str, phase: str | None, message: str, hider: Hider) -> dict[str, Any]:
    why = PHASES.get(phase or "", "") if kind == "timeout" else ENDS.get(kind, "it failed")
    told = {"how": "failed", "why": why or "a time limit passed", "kind": hider.word(kind)}
    if hider.shows:
        told["message"] = message
    elif message:
        hider.text(message.encode())
    return told


def headers_of(headers: Mapping[str, str], hider: Hider) -> dict[str, str]:
    """The headers of an answer; values that could tell something are hidden."""
    return {
        name: value
        if hider.shows or re.fullmatch(HEADERS[name], value)
        else hider.text(value.encode()).decode()
        for name, value in headers.items()
        if hider.shows or name in HEADERS
    }


def host_of(exchange: Exchange, usual: str, hider: Hider) -> str:
    """Where the request went: a provider's usual host is told, and whether it is this machine."""
    host = urlsplit(exchange.request.url).hostname or ""
    if hider.shows or (host and host == urlsplit(usual).hostname):
        return host
    if host in ("127.0.0.1", "localhost", "::1"):
        return "this machine"
    return "another address than the provider's usual one"


def model_of(exchange: Exchange, hider: Hider) -> str:
    """The model's name, without the owner of a fine-tuned one and without numbers of accounts."""
    model = exchange.asked.model if exchange.asked is not None else ""
    if hider.shows:
        return model
    model = ACCOUNT.sub("x" * 12, model)
    if model.startswith("ft:"):
        base = model.split(":")[1]
        model = f"ft:{base}:{'x' * (len(model) - len(base) - 4)}"
    return model
