"""The answers that transport faults are made of, with all that real servers send in them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from chimeric.testing.script import Payload
from chimeric_testing import Script

__all__ = ["fuller"]

PART = {"type": "output_text", "text": "", "annotations": []}
CHUNK = {
    b"id": b'"chatcmpl-1"',
    b"object": b'"chat.completion.chunk"',
    b"created": b"1",
    b"model": b'"m-1"',
}
TEXT = "response.output_text.delta"


def fuller(script: Script, protocol: str) -> Script:
    """The script with what the strictest client of its protocol insists on."""
    if protocol == "responses":
        return _responses(script)
    if protocol == "anthropic":
        return _anthropic(script)
    fields = {"chat": _chat, "ollama": _ollama}.get(protocol)
    if fields is None:
        return script
    payloads = [fields(p) if isinstance(p, bytes) else p for p in script.payloads]
    return msgspec.structs.replace(script, payloads=tuple(payloads))


def _chat(payload: bytes) -> bytes:
    if b'"choices"' in payload:
        for name, value in CHUNK.items():
            if b'"%s"' % name not in payload:
                payload = payload.replace(b"{", b'{"%s": %s, ' % (name, value), 1)
    return payload


def _ollama(payload: bytes) -> bytes:
    if b'"role"' in payload:
        return payload
    return payload.replace(b'"message": {', b'"message": {"role": "assistant", ', 1)


def _anthropic(script: Script) -> Script:
    """Blocks announced: what is not is the thought that one fault is about."""
    kinds = [_data(payload) for payload in script.payloads]
    place = next((at for at, data in enumerate(kinds) if b'"thinking_delta"' in data), None)
    if place is None:
        return script
    block = {"type": "thinking", "thinking": "", "signature": ""}
    start = _event("content_block_start", index=1, content_block=block)
    stop = _event("content_block_stop", index=1)
    payloads = list(script.payloads)
    payloads[place : place + 1] = [start, payloads[place], stop]
    return msgspec.structs.replace(script, payloads=tuple(payloads))


def _responses(script: Script) -> Script:
    """Items and parts announced and closed, at places of their own."""
    payloads = list(script.payloads)
    kinds = [payload[0] if isinstance(payload, tuple) else "" for payload in payloads]
    if kinds[:2] != ["response.created", "response.output_item.added"]:
        return script
    if any(b"function_call" in _data(payload) for payload in payloads):
        # The calls are at the places from 0, where a message had been announced.
        del payloads[1]
        return msgspec.structs.replace(script, payloads=tuple(payloads), cut=script.cut - 1)
    out = [_texted(payload) for payload in payloads]
    if "response.completed" in kinds:
        done = kinds.index("response.completed")
        item = json.loads(_data(payloads[1]))["item"]
        text = "".join(map(_text, payloads[:done]))
        item |= {"status": "completed", "content": [{**PART, "text": text}]}
        out.insert(done, _event("response.output_item.done", output_index=0, item=item))
    place = {"output_index": 0, "content_index": 0, "item_id": "msg_1"}
    out.insert(2, _event("response.content_part.added", **place, part=PART))
    return msgspec.structs.replace(script, payloads=tuple(out), cut=script.cut + 1)


def _event(kind: str, **fields: Any) -> Payload:
    return kind, json.dumps({"type": kind, "sequence_number": 1, **fields}).encode()


def _data(payload: Payload) -> bytes:
    return payload[1] if isinstance(payload, tuple) else payload


def _text(payload: Payload) -> str:
    """The text that an event adds."""
    if not isinstance(payload, tuple) or payload[0] != TEXT:
        return ""
    try:
        delta = json.loads(payload[1]).get("delta")
    except (ValueError, AttributeError):
        return ""
    return delta if isinstance(delta, str) else ""


def _texted(payload: Payload) -> Payload:
    """A piece of text with the log-probabilities that all servers send, be it none."""
    if not isinstance(payload, tuple) or payload[0] != TEXT or b'"logprobs"' in payload[1]:
        return payload
    return payload[0], payload[1].replace(b"{", b'{"logprobs": [], ', 1)
