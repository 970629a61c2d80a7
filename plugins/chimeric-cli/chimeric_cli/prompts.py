"""What the user gives on the command line, made into arguments of ``generate``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec

from chimeric import FilePart, ImagePart, Message, TextPart, file_part

from .attachments import Attachment

__all__ = ["load_tools", "parse_params", "read_stdin", "user_message"]


def read_stdin() -> str:
    """What was piped in; nothing for a terminal.

    Raises:
        click.UsageError: when it is not text.
    """
    if sys.stdin is None or sys.stdin.isatty():
        return ""
    data = sys.stdin.buffer.read()
    try:
        return data.decode("utf-8").strip("\ufeff")
    except UnicodeDecodeError as error:
        raise click.UsageError(
            f"the standard input is not UTF-8 text (byte {error.start}); pass files with --file"
        ) from None


def user_message(
    text: str,
    images: Iterable[str] = (),
    files: Iterable[str] = (),
    attachments: Iterable[Attachment] = (),
) -> Message:
    """The message to send. Files go before the text, as the providers advise.

    Raises:
        click.UsageError: for what is no text, or cannot be read.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise click.UsageError(
            f"the prompt is not UTF-8 text (at character {error.start}); pass files with --attach"
        ) from None
    parts = [*attachments, *(_image(i) for i in images), *(_file(f) for f in files)]
    if not parts:
        return Message("user", text)
    return Message("user", (*parts, TextPart(text)) if text else tuple(parts))


def _image(place: str) -> ImagePart:
    if urlsplit(place).scheme in ("http", "https", "data"):
        return ImagePart(url=place)
    part = _file(place)
    if not isinstance(part, ImagePart):
        raise click.UsageError(f"{place} is no image (by its name); use --file")
    return part


def _file(place: str) -> FilePart | ImagePart:
    try:
        return file_part(Path(place))
    except OSError as error:
        raise click.UsageError(f"cannot read {place}: {error.strerror}") from None


def parse_params(pairs: Iterable[str]) -> dict[str, Any]:
    """``NAME=VALUE`` pairs; a value that is JSON is read as JSON, any other is text."""
    params: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise click.UsageError(f"-p takes NAME=VALUE, not {pair!r}")
        try:
            params[name] = msgspec.json.decode(value)
        except msgspec.DecodeError:
            params[name] = value
    return params


def load_tools(places: Iterable[str]) -> list[Callable[..., Any]]:
    """The functions that ``module:function`` names, imported from here or the environment.

    Raises:
        click.UsageError: for one that cannot be had; it says why.
    """
    tools: list[Callable[..., Any]] = []
    for place in places:
        module_name, colon, name = place.partition(":")
        if not colon or not module_name or not name:
            raise click.UsageError(f"--tools takes MODULE:FUNCTION, not {place!r}")
        if "" not in sys.path:
            sys.path.insert(0, "")  # as `python -m` does
        try:
            module = import_module(module_name)
        except ImportError as error:
            raise click.UsageError(f"--tools {place}: {error}") from error
        function: Any = getattr(module, name, None)
        if not callable(function):
            raise click.UsageError(f"--tools {place}: {module_name} has no function {name!r}")
        tools.append(function)
    return tools
