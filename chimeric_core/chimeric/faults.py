"""Whose fault it is that something is wrong, told in words. Loaded when something is."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import msgspec

from chimeric.schema.type_guards import is_mapping

from .errors import ChimericError, ConfigurationError, PluginError, ProtocolError

__all__ = [
    "header_texts",
    "is_finite",
    "is_undecodable",
    "parse_fault",
    "request_fault",
    "transport_fault",
    "undecodable",
]

UNDECODABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What says that the bytes are wrong, not the code: in msgspec's words, or too deep for it."""


class Named(Protocol):
    """A plugin."""

    @property
    def name(self) -> str: ...
    @property
    def distribution(self) -> str | None: ...


class Hooked(Protocol):
    """A plugin's implementation of a hook."""

    @property
    def plugin(self) -> str: ...
    @property
    def hook(self) -> str: ...
    @property
    def function(self) -> Any: ...


def parse_fault(plugin: Named, hook: str, raw: bytes, error: Exception) -> ChimericError:
    """The typed error for what a parser raised: a ``ProtocolError`` if the bytes are wrong."""
    if isinstance(error, ChimericError):
        return error
    if is_undecodable(error):
        return undecodable(raw, error)
    return PluginError.raised(plugin.name, hook, error, plugin.distribution)


def undecodable(raw: bytes, error: BaseException) -> ProtocolError:
    """The typed error for bytes that the provider's parser could not read."""
    return ProtocolError(f"the provider sent what is no event of its protocol: {error}", raw=raw)


def is_undecodable(error: Exception) -> bool:
    """Whether an error of a parser says that the bytes are wrong, not its code."""
    if isinstance(error, UNDECODABLE):
        return True
    json: Any = sys.modules.get("json")
    return json is not None and isinstance(error, json.JSONDecodeError)


def transport_fault(links: Sequence[Hooked], error: Exception) -> PluginError | None:
    """The error for what a transport raised and may not; None for what is the caller's own.

    Args:
        links: the implementations that made and wrapped the transport, the outermost first.
        error: what was raised. The deepest frame in it that is theirs or ours says whose it is:
            what comes out of our own transport was raised by the caller's HTTP client.
    """
    own = __name__.partition(".")[0]
    modules: dict[str, Hooked | None] = {own: None}
    modules.update((str(link.function.__module__).partition(".")[0], link) for link in links)
    link: Hooked | None = None
    raised = error.__cause__ if isinstance(error.__cause__, StopIteration) else error
    traceback = raised.__traceback__  # that one cannot leave a generator as it is
    while traceback is not None:
        name = str(traceback.tb_frame.f_globals.get("__name__"))
        link = modules.get(name.partition(".")[0], link)
        traceback = traceback.tb_next
    if link is None:
        return None
    fault = PluginError.raised(link.plugin, link.hook, error)
    fault.__cause__ = error
    return fault


def request_fault(method: Any, body: Any) -> str:
    """What of a plugin's request is of a wrong type."""
    if not (body is None or isinstance(body, (bytes, Mapping))):
        return f"with a body of type {type(body).__name__}; give a mapping, bytes or None"
    if not isinstance(method, str):
        return f"with a method of type {type(method).__name__}; give a str"
    return "whose URL is not absolute, or whose headers are no texts"


def header_texts(name: Any, value: Any) -> tuple[str, str]:
    """A header that is not given as texts: numbers and bytes have a form, other things have not.

    Raises:
        ConfigurationError: for None, a truth value or anything else.
    """
    texts: list[str] = []
    for told, what in ((name, "a header's name"), (value, f"the header {name!r}")):
        if isinstance(told, bytes):
            texts.append(told.decode("latin-1"))
        elif isinstance(told, (str, int, float)) and not isinstance(told, bool):
            texts.append(str(told))
        else:
            kind = type(told).__name__
            raise ConfigurationError(f"{what} is {kind}, not text; give a str, or leave it out")
    return texts[0], texts[1]


def is_finite(value: Any) -> bool:
    """Whether JSON has all of a value's numbers: it has neither nan nor inf."""
    if isinstance(value, float):
        return math.isfinite(value)
    if is_mapping(value):
        return all(map(is_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_finite, cast("Sequence[Any]", value)))
    return True
