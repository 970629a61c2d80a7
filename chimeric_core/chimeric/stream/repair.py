"""What an event may have been meant as that its parser could not read."""

from __future__ import annotations

import re

import msgspec

from chimeric.errors import ChimericError
from chimeric.faults import is_undecodable, undecodable
from chimeric.plugins.provider_plugin import ProviderPlugin
from chimeric.values.deltas import Event

__all__ = ["repaired"]

ESCAPES = (
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def repaired(event: Event, fault: Exception, plugin: ProviderPlugin | None = None) -> list[Event]:
    """The events to read instead of one whose parser, the plugin's, failed with ``fault``.

    Three things are mended: text that cannot be encoded; blank payloads, which some gateways send
    to keep the connection; and events that a server parted by one newline instead of two
    (Baseten), so that the framing joined their payloads. JSON that is spread over several lines is
    no such case: its first line is no object.

    Raises:
        ProtocolError: when it cannot be read at all.
        PluginError: when the parser is wrong, not the bytes.
    """
    if isinstance(fault, ChimericError):
        raise fault
    if plugin is not None and not is_undecodable(fault):
        raise plugin.parse_fault("chimeric_parse_event", event.data, fault) from fault
    data = event.data
    if not data.strip():
        return []
    encodable = replace_unencodable(data)
    if encodable != data:
        return [Event(encodable, event.name)]
    lines = [line for line in data.split(b"\n") if line.strip()]
    if len(lines) > 1 and all(map(_is_payload, lines[:-1])):
        return [Event(line, event.name) for line in lines]
    raise undecodable(data, fault) from fault


def replace_unencodable(data: bytes) -> bytes:
    """Payload with invalid UTF-8 and lone surrogate escapes replaced by U+FFFD.

    The event-stream rules demand it for UTF-8; a lone surrogate cannot be encoded by anyone who
    later writes the text.
    """
    data = data.decode("utf-8", "replace").encode()
    return re.sub(ESCAPES, lambda m: b"\\ufffd" if m.group(1) else m.group(0), data)


def _is_payload(line: bytes) -> bool:
    """Whether a line is all of an event's payload: an object, or the word that ends a stream."""
    try:
        decode_fields(line)  # the values are none of its business: built, they are large
    except (ValueError, RecursionError):
        return line.strip() == b"[DONE]"
    return True
