"""Tasks come in as lines of JSON, and what came of each goes out as one."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

__all__ = ["serve"]


def serve(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Do what each line of standard input asks for, until it ends.

    Standard output is kept for the lines that go back: what a library prints goes elsewhere.
    """
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        out.write(json.dumps(_outcome(answer, json.loads(line)), default=str) + "\n")
        out.flush()


def _outcome(
    answer: Callable[[dict[str, Any]], dict[str, Any]], task: dict[str, Any]
) -> dict[str, Any]:
    try:
        return answer(task)
    except Exception as error:
        return {
            "raised": [f"{c.__module__}.{c.__qualname__}" for c in type(error).__mro__],
            "status": _status(error),
            "after": _after(error),
            "message": str(error)[:1000],
            "trace": traceback.format_exc()[-3000:],
        }


def _status(error: BaseException | None) -> int | None:
    """The HTTP status that an error knows, or one that caused it."""
    while error is not None:
        for holder in (error, getattr(error, "response", None)):
            for name in ("status_code", "code"):
                if isinstance(found := getattr(holder, name, None), int):
                    return found
        error = error.__cause__ or error.__context__
    return None


def _after(error: BaseException) -> str | None:
    """How long an error says to wait, in seconds."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    return headers.get("retry-after")
