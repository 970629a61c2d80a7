"""The guards of a process whose ``CHIMERIC_GUARD_WORDS`` names forbidden words."""

from __future__ import annotations

import os
from collections.abc import Generator
from functools import lru_cache
from pathlib import Path
from typing import Any

from chimeric import ConfigurationError, Context, Request, hookimpl

from .forbidden import Words, words
from .guard import Guard
from .input_guard import InputGuard

__all__ = ["chimeric_prepare_request", "guard"]


@lru_cache(maxsize=4)
def _check(listed: str, file: str) -> Words:
    found = [word.strip() for word in listed.split(",")]
    if file:
        try:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            fault = f"CHIMERIC_GUARD_WORDS_FILE cannot be read: {error}"
            raise ConfigurationError(fault) from error
        found += [line.strip() for line in lines if not line.startswith("#")]
    try:
        return words(word for word in found if word)
    except ValueError as error:
        raise ConfigurationError(f"CHIMERIC_GUARD_WORDS: {error}") from error


@lru_cache(maxsize=4)
def _guards(listed: str, file: str) -> tuple[Guard, InputGuard]:
    check = _check(listed, file)
    return Guard(check, reasoning=True, tool_calls=True), InputGuard(check)


def _made() -> tuple[Guard, InputGuard]:
    told = (os.environ.get(f"CHIMERIC_GUARD_{name}", "") for name in ("WORDS", "WORDS_FILE"))
    return _guards(*told)


def guard() -> Guard:
    """The output guard that the environment asks for."""
    return _made()[0]


@hookimpl(trylast=True)
def chimeric_prepare_request(
    request: Request, context: Context
) -> Generator[Any, Any, Request | None]:
    """Refuse what ``CHIMERIC_GUARD_PROMPTS`` forbids to be said."""
    return _made()[1].chimeric_prepare_request(request, context)
