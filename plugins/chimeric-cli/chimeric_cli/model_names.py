"""The models that a shell may complete: those that were listed before, or can be listed at once."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

from .defaults import cache_directory

__all__ = ["complete_model", "keep_models", "known_models"]

LONGEST = 100_000
"""Names that are kept."""

FRESH = 7 * 24 * 3600
"""Seconds after which a list is asked for again."""

PATIENCE = 3.0
"""Seconds that somebody at a shell waits for a list."""


def complete_model(incomplete: str) -> list[str]:
    """What a model's name may go on as.

    Providers are told by their prefixes. Behind one, and for bare names, the models are those of
    the last list; where a provider has none yet, it is asked, if its key is set.
    """
    provider, colon, _ = incomplete.partition(":")
    names = sorted({entry.name for entry in entry_points(group="chimeric")})
    if colon:
        found = known_models(provider) or _ask(provider)
        return [name for name in found if name.startswith(incomplete)]
    prefixes = [f"{name}:" for name in names if name.startswith(incomplete)]
    if not incomplete:
        return prefixes
    bare = {name.partition(":")[2] for name in known_models()}
    return prefixes + sorted(name for name in bare if name.startswith(incomplete))


def known_models(provider: str | None = None) -> list[str]:
    """The models as they were listed last, as ``PROVIDER:MODEL``."""
    found: list[str] = []
    folder = _folder()
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for path in [folder / provider] if provider else sorted(folder.iterdir()):
            if provider is None or time.time() - path.stat().st_mtime < FRESH:
                found += path.read_text("utf-8").splitlines()
    return found


def keep_models(provider: str, names: Iterable[str]) -> None:
    """Keep the list of a provider. Where nothing can be written, nothing is kept."""
    if not provider.replace("-", "").replace("_", "").isalnum():
        return
    lines = [f"{provider}:{name}" for name in names if name.isprintable()][:LONGEST]
    folder = _folder()
    with contextlib.suppress(OSError, UnicodeEncodeError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Another shell may read or write it now: put in its place whole.
        new = folder / f".{provider}.{os.getpid()}"
        new.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        new.replace(folder / provider)


def _folder() -> Path:
    return cache_directory() / "models"


def _ask(provider: str) -> list[str]:
    from chimeric import Chimeric, ChimericError

    with contextlib.suppress(ChimericError), Chimeric(timeout=PATIENCE, max_retries=0) as client:
        names = [model.id for model in client.list_models(provider)]
        keep_models(provider, names)
        return [f"{provider}:{name}" for name in names]
    return []
