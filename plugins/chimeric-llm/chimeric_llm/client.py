"""The client of a process, and what it raises as errors of llm."""

from __future__ import annotations

import atexit
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

import llm

from chimeric import Chimeric, ChimericError

__all__ = ["shared_client", "translated"]


@cache
def shared_client() -> Chimeric:
    """One client for all models, made when the first is asked."""
    client = Chimeric()
    atexit.register(client.close)
    return client


@contextmanager
def translated() -> Generator[None]:
    """Raise what comes of a call as an ``llm.ModelError``, which llm shows; ours is its cause."""
    try:
        yield
    except ChimericError as error:
        raise llm.ModelError(str(error)) from error
