"""What is told of a call, as a line and as fields: nothing of what it said."""

from __future__ import annotations

from typing import Any

from chimeric import ChimericError, CompletionResponse, Context, Outcome

__all__ = ["attempt_line", "failed_line", "finished_line", "name_of"]


def name_of(context: Context) -> str:
    """Who is asked: the endpoint or the provider, and the model."""
    model = context.request.model
    shown = model if model.isprintable() else ascii(model)
    asked = context.endpoint or context.provider  # neither where a plugin answers
    return f"{asked} {shown}" if asked else shown


def finished_line(context: Context, response: CompletionResponse) -> tuple[str, dict[str, Any]]:
    """A call that ended well, or was left by its caller."""
    usage = response.usage
    told = _common(context) | {
        "finish_reason": response.finish_reason,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "first_content": context.first_content,
    }
    parts = ["closed by its caller" if context.closed_early else str(response.finish_reason)]
    if usage.source != "missing":
        parts.append(
            f"{_count(usage.prompt_tokens)} in + {_count(usage.completion_tokens)} out tokens"
        )
    if context.turn:
        parts.append(f"{context.turn + 1} turns")
    if context.first_content is not None:
        parts.append(f"first content after {context.first_content:.2f} s")
    parts.append(f"{context.elapsed:.2f} s")
    return f"{name_of(context)}: {', '.join(parts)}", told


def failed_line(context: Context, error: BaseException) -> tuple[str, dict[str, Any]]:
    """A call that failed: the kind of the error, and not its text, which may quote the call."""
    told = _common(context) | {"error": type(error).__name__}
    parts = [f"failed with {_kind(error)}"]
    if context.attempt:
        parts.append(f"{context.attempt + 1} attempts")
    if isinstance(error, ChimericError) and error.request_id:
        told["request_id"] = error.request_id
        parts.append(f"request {error.request_id}")
    parts.append(f"{context.elapsed:.2f} s")
    return f"{name_of(context)}: {', '.join(parts)}", told


def attempt_line(number: int, outcome: Outcome) -> str:
    """How an attempt ended."""
    end = "ended" if outcome.error is None else f"failed with {_kind(outcome.error)}"
    status = "" if outcome.status is None else f", status {outcome.status}"
    return f"attempt {number} {end}{status}, {outcome.seconds:.2f} s"


def _common(context: Context) -> dict[str, Any]:
    return {
        "provider": context.provider,
        "endpoint": context.endpoint,
        "model": context.request.model,
        "turns": context.turn + 1,
        "attempts": context.attempt + 1,
        "closed_early": context.closed_early,
        "seconds": context.elapsed,
    }


def _kind(error: BaseException) -> str:
    status = getattr(error, "status_code", None)
    return type(error).__name__ + (f" ({status})" if status is not None else "")


def _count(value: int | None) -> str:
    return "?" if value is None else str(value)
