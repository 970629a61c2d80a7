"""A stream as one short line."""

from __future__ import annotations

from chimeric.exchange.call import Call

__all__ = ["stream_line"]


def stream_line(name: str, call: Call) -> str:
    """What a stream is of, and how far it is."""
    context, answer = call.context, call.answer
    state = "running" if call.context.ended is None else answer.finish_reason or "closed"
    model = f"{context.provider}:{context.request.model}".lstrip(":")
    return f"<{name} {model}, {state}, {answer.log.size} characters>"
