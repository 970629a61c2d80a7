"""Parts of a message that a page has shown before, as the events that show them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .ui_blocks import event

__all__ = ["replayed"]

Told = Mapping[str, Any]

CALL: Final = ("toolCallId", "toolName", "input", "title", "providerExecuted")


def replayed(parts: Iterable[Told]) -> Iterable[bytes]:
    """The events of parts as ``to_ui_messages`` makes them. What is open stays open: the stream
    that follows tells how it goes on."""
    for number, part in enumerate(parts):
        kind = str(part.get("type"))
        if kind == "step-start":
            yield event({"type": "start-step"})
        elif kind in ("text", "reasoning"):
            yield from _text(kind, f"p{number}", part)
        elif kind == "dynamic-tool" or kind.startswith("tool-"):
            yield from _tool(kind, part)
        else:  # files, sources and data are told as they are shown
            yield event(part)


def _text(kind: str, id_: str, part: Told) -> Iterable[bytes]:
    metadata = {k: part[k] for k in ("providerMetadata",) if k in part}
    yield event({"type": f"{kind}-start", "id": id_, **metadata})
    yield event({"type": f"{kind}-delta", "id": id_, "delta": part.get("text", "")})
    yield event({"type": f"{kind}-end", "id": id_})


def _tool(kind: str, part: Told) -> Iterable[bytes]:
    told = {name: part[name] for name in CALL if name in part}
    told.setdefault("input", None)
    told.setdefault("toolName", kind.removeprefix("tool-"))
    if "callProviderMetadata" in part:
        told["providerMetadata"] = part["callProviderMetadata"]
    place = {k: v for k, v in told.items() if k in ("toolCallId", "providerExecuted")}
    if kind == "dynamic-tool":
        told["dynamic"] = place["dynamic"] = True
    yield event({"type": "tool-input-available", **told})
    state = part.get("state")
    if state == "output-available":
        yield event({"type": "tool-output-available", **place, "output": part.get("output")})
    elif state == "output-error":
        yield event({"type": "tool-output-error", **place, "errorText": part.get("errorText", "")})
    elif state == "approval-requested":
        asked = {"approvalId": part["approval"]["id"], "toolCallId": part["toolCallId"]}
        yield event({"type": "tool-approval-request", **asked})
