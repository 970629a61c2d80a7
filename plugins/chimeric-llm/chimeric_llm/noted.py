"""The models that llm knows of: a file in its directory, so that no command has to ask anybody."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import llm
import msgspec

__all__ = ["Noted", "NotedFile", "file_of_models", "noted_models", "write"]


class Noted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One model.

    Attributes:
        id: ``provider:model``.
        provider: also the name of its key (``llm keys set NAME``).
        needs_key: whether the provider wants one.
        variables: of the environment that the key may stand in.
        aliases: other names.
        by_hand: whether it was added by hand; a refresh leaves it.
    """

    id: str
    provider: str
    needs_key: bool = False
    variables: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    by_hand: bool = False


class NotedFile(msgspec.Struct, kw_only=True):
    """What the file holds."""

    v: int = 1
    models: tuple[Noted, ...] = ()


def file_of_models() -> Path:
    """Where the models are noted."""
    framework: Any = llm
    return Path(framework.user_dir()) / "chimeric-models.json"


def noted_models() -> tuple[Noted, ...]:
    """The models of the file; none, and a line that says why, where it cannot be read."""
    path = file_of_models()
    if not path.exists():
        return ()
    try:
        return msgspec.json.decode(path.read_bytes(), type=NotedFile).models
    except (msgspec.DecodeError, OSError) as error:
        click.echo(f"{path} cannot be read ({error}): llm chimeric refresh", err=True)
        return ()


def write(models: Iterable[Noted]) -> None:
    """Note these models, by id."""
    kept = {model.id: model for model in models}
    ordered = tuple(kept[name] for name in sorted(kept))
    text = msgspec.json.format(msgspec.json.encode(NotedFile(models=ordered)))
    path = file_of_models()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Other commands may read or write it now: each puts a file of its own in its place.
    handle, draft = tempfile.mkstemp(".new", f".{path.stem}.", path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(text)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
