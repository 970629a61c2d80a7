"""One recording as the page is given it: facts, and columns with a row for each event."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import struct
import warnings
from collections.abc import Sequence
from typing import Any

import msgspec
from chimeric_record import Scrubber

from chimeric import Chimeric, ChimericError, ProviderSetup, StreamChunk, Usage

from .decoding import Decoded, decode, provider_plugins
from .hiding import Hider
from .names import names_of
from .protocols import Protocol, options_of, protocol_of, streams
from .recordings import Recording
from .segments import Form, Segment, form_of, segments
from .telling import end_of, headers_of, host_of, model_of

__all__ = ["KINDS", "Setups", "told"]

KINDS = ("text", "reasoning", "tool", "finish", "event", "nothing")
"""What an event brought, by number: an ``event`` made no chunk, or one that adds nothing."""

NAMED = re.compile(r"(?:event|:event-type|:exception-type): ?([^\r\n]+)")

REQUEST_LIMIT = 65_536
"""Bytes of a request's body that are shown."""

SCRUBBED = 4 * 1024 * 1024
"""Bytes of an answer up to which its texts are joined, to look for keys in them."""


class Setups:
    """The installed providers, asked for when the first recording is told."""

    def __init__(self) -> None:
        self._known: dict[str, ProviderSetup] | None = None

    def of(self, name: str) -> ProviderSetup | None:
        """A provider as its plugin declares it; None where it is not installed."""
        if self._known is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # `chimeric plugins` tells what is broken
                with Chimeric(only_plugins=provider_plugins()) as client:
                    self._known = {setup.name: setup for setup in client.provider_setups()}
        return self._known.get(name)


def told(recording: Recording, setups: Setups, *, content: bool) -> dict[str, Any]:
    """All that the page is told of a recording."""
    exchange = recording.exchange
    protocol = protocol_of(exchange)
    asked = exchange.asked
    provider = asked.provider if asked and asked.provider else protocol.provider if protocol else ""
    setup = setups.of(provider) if provider else None
    hider = Hider(asked.model if asked else "", shows=content)
    form = form_of(
        exchange.headers.get("content-type", ""), b"".join(p.data for p in exchange.pieces)
    )
    parts = _clean(segments(exchange.pieces, form), content=content)
    decoded, notes = _decoded(recording, parts, provider, setup, protocol)
    rows = _rows(parts, form, decoded, hider)
    request = exchange.request
    body = msgspec.json.encode(request.body) if request.body is not None else b""
    facts: dict[str, Any] = {
        "provider": hider.word(provider),
        "guessed": asked is None,
        "model": model_of(exchange, hider),
        "method": request.method if request.method in ("GET", "POST") else "",
        "path": protocol.ending if protocol else "",
        "host": host_of(exchange, setup.declaration.base_url if setup else "", hider),
        "stream": streams(exchange, protocol),
        "status": exchange.status,
        "headers": headers_of(exchange.headers, hider),
        "headersAt": exchange.at,
        "bytes": sum(len(part.data) for part in parts),
        "reads": len(exchange.pieces),
        "request": hider.json(body).decode() if len(body) <= REQUEST_LIMIT else "",
        "requestBytes": len(body),
        "end": end_of(exchange, decoded.error if decoded else None, recording.cut, hider),
        "usage": _usage(decoded),
        "notes": notes,
        "versions": _versions(recording, setup),
    }
    if asked is not None:
        facts |= {"turn": asked.turn, "attempt": asked.attempt, "began": asked.began}
        facts["date"] = asked.date
    if content:
        facts |= {"name": recording.name, "endpoint": asked.endpoint if asked else ""}
    return {**facts, "hidden": msgspec.to_builtins(hider.tally), "rows": rows}


def _clean(parts: list[Segment], *, content: bool) -> list[Segment]:
    """Without what looks like a key: files may come from elsewhere than our recorder."""
    if not content:
        return parts  # nothing of them will be shown
    scrubber = Scrubber(())
    size = sum(len(part.data) for part in parts)
    if size <= SCRUBBED:
        whole, place = scrubber.body(b"".join(part.data for part in parts), {}), 0
        for part in parts:
            part.data = whole[place : place + len(part.data)]
            place += len(part.data)
    else:
        for part in parts:
            part.data = scrubber.body(part.data, {})
    return parts


def _decoded(
    recording: Recording,
    parts: Sequence[Segment],
    provider: str,
    setup: ProviderSetup | None,
    protocol: Protocol | None,
) -> tuple[Decoded | None, list[str]]:
    """What the provider's plugin makes of an answer; None and the reason where it cannot be."""
    if not provider:
        return None, ["The recording names no provider, and its path is of no known protocol."]
    if setup is None:
        return None, ["The plugin of its provider is not installed: only its bytes are shown."]
    options = options_of(protocol, setup.declaration.options)
    exchange = recording.exchange
    notes: list[str] = []
    if exchange.asked is None:
        notes.append("The recording is of an older version: its provider is guessed by its path.")
    try:
        return (
            decode(exchange, parts, provider, options, stream=streams(exchange, protocol)),
            notes,
        )
    except ChimericError as error:
        told = f"The plugin of its provider could not read it ({type(error).__name__}): "
        return None, [*notes, told + "only its bytes are shown."]


def _rows(
    parts: Sequence[Segment], form: Form, decoded: Decoded | None, hider: Hider
) -> dict[str, list[Any]]:
    """The columns: times in microseconds, sizes in bytes, texts as they are shown."""
    rows: dict[str, list[Any]] = {
        name: []
        for name in (
            *("at", "bytes", "read", "kind", "chars"),
            *("label", "struct", "chunk", "native", "raw"),
        )
    }
    if decoded:
        hider.know(Usage.__struct_fields__)
        for native in {type(n): n for natives in decoded.natives for n in natives}.values():
            hider.know(names_of(native))
    for place, part in enumerate(parts):
        chunks = decoded.chunks[place] if decoded else []
        natives = decoded.natives[place] if decoded else []
        kind, chars = _kind(chunks, bool(natives) or not decoded)
        rows["at"].append(round(part.at * 1e6))
        rows["bytes"].append(len(part.data))
        rows["read"].append(part.read)
        rows["kind"].append(kind)
        rows["chars"].append(chars)
        raw = _shown(part.data, form, hider)
        rows["label"].append(_label(natives, raw))
        rows["struct"].append(type(natives[0]).__name__.strip("_") if natives else "")
        rows["chunk"].append("\n".join(hider.value(chunk.to_dict()) for chunk in chunks))
        rows["native"].append("\n".join(map(hider.value, natives)))
        rows["raw"].append(raw)
    return rows


def _kind(chunks: Sequence[StreamChunk], is_event: bool) -> tuple[int, int]:
    """What chunks bring, and how many characters of text."""
    found = KINDS.index("event" if is_event else "nothing")
    chars = 0
    for chunk in chunks:
        text = chunk.delta or chunk.refusal
        chars += len(text or "")
        if chunk.finish_reason:
            found = min(found, KINDS.index("finish"))
        elif text or chunk.files or chunk.citations:
            found = KINDS.index("text")
        elif chunk.reasoning:
            found = min(found, KINDS.index("reasoning"))
        elif chunk.tool_calls or chunk.server_tools:
            found = min(found, KINDS.index("tool"))
    return found, chars


def _label(natives: Sequence[Any], raw: str) -> str:
    """The name of an event: as the wire has it, or else that of its struct."""
    head = raw[:80]
    if named := NAMED.match(head):
        return named.group(1)
    if natives and not isinstance(natives[0], (dict, list, str)):
        return type(natives[0]).__name__.strip("_")
    if natives:
        return "event"
    return "comment" if head.startswith(":") else "[DONE]" if "[DONE]" in head else "bytes"


def _shown(data: bytes, form: Form, hider: Hider) -> str:
    if form == "frames":
        return _frame(data, hider)
    clean = hider.events(data) if form == "events" else hider.json(data)
    return clean.decode("utf-8", "backslashreplace")


def _frame(data: bytes, hider: Hider) -> str:
    """A frame of the AWS event stream in words: its headers, and its payload."""
    try:
        _, size = struct.unpack_from(">II", data)
        place, lines = 12, list[str]()
        while place < 12 + size:
            name_end = place + 1 + data[place]
            name = data[place + 1 : name_end].decode()
            (length,) = struct.unpack_from(">H", data, name_end + 1)
            value = data[name_end + 3 : name_end + 3 + length].decode()
            known = name in (":event-type", ":content-type", ":message-type", ":exception-type")
            lines.append(f"{name if known else 'x' * len(name)}: {_header(value, hider)}")
            place = name_end + 3 + length
        payload = hider.json(data[12 + size : -4]).decode("utf-8", "backslashreplace")
    except (struct.error, IndexError, UnicodeDecodeError):
        return hider.text(data).decode("utf-8", "backslashreplace")
    return "\n".join([*lines, "", payload])


def _header(value: str, hider: Hider) -> str:
    return value if value == "application/json" else hider.word(value)


def _usage(decoded: Decoded | None) -> dict[str, int]:
    """The last token counts that were told."""
    for chunks in reversed(decoded.chunks if decoded else []):
        for chunk in reversed(chunks):
            if chunk.usage is not None:
                counts = msgspec.to_builtins(chunk.usage, enc_hook=str)
                return {n: c for n, c in counts.items() if isinstance(c, int) and c}
    return {}


def _versions(recording: Recording, setup: ProviderSetup | None) -> dict[str, str]:
    """What recorded it, and what read it now."""
    asked = recording.exchange.asked
    then = asked.versions if asked else {}
    package = setup.declaration.package if setup else None
    names = ("chimeric-core", "chimeric-record", "chimeric-view", package)
    now = {name: importlib.metadata.version(name) for name in names if name}
    now |= {"python": platform.python_version(), "system": platform.system()}
    for name in ("chimeric-core", "python"):
        version = then.get(name, now[name])
        if version != now[name] and re.fullmatch(r"[\w.+-]{1,24}", version):
            now[name] += f", recorded with {version}"
    return now
