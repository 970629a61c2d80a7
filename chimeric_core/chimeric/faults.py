"""Whose fault it is that something is wrong, told in words. Loaded when something is."""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec

from chimeric.schema.type_guards import is_mapping

from .errors import ChimericError, ConfigurationError, PluginError, ProtocolError
from .nearest import nearest

if TYPE_CHECKING:
    from .plugins.hooks import Link
    from .plugins.provider_plugin import ProviderPlugin

__all__ = [
    "api_fault",
    "header_texts",
    "hook_fault",
    "import_fault",
    "is_finite",
    "is_undecodable",
    "name_fault",
    "parse_fault",
    "request_fault",
    "transport_fault",
    "undecodable",
    "unreadable",
]

UNDECODABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What says that the bytes are wrong, not the code: in msgspec's words, or too deep for it."""


def parse_fault(plugin: ProviderPlugin, hook: str, raw: bytes, error: Exception) -> ChimericError:
    """The typed error for what a parser raised: a ``ProtocolError`` if the bytes are wrong."""
    if isinstance(error, ChimericError):
        return error
    if is_undecodable(error):
        return undecodable(raw, error)
    return plugin.at(hook).raised(error)


def undecodable(raw: bytes, error: BaseException) -> ProtocolError:
    """The typed error for bytes that the provider's parser could not read."""
    return ProtocolError(f"the provider sent a malformed event: {error}", raw=raw)


def is_undecodable(error: Exception) -> bool:
    """Whether an error of a parser says that the bytes are wrong, not its code."""
    if isinstance(error, UNDECODABLE):
        return True
    json: Any = sys.modules.get("json")
    return json is not None and isinstance(error, json.JSONDecodeError)


def transport_fault(links: Sequence[Link], error: Exception) -> PluginError | None:
    """The error for what a transport raised and may not; None for what is the caller's own.

    Args:
        links: the implementations that made and wrapped the transport, the outermost first.
        error: what was raised. The deepest frame in it that is theirs or ours says whose it is:
            what comes out of our own transport was raised by the caller's HTTP client.
    """
    own = __name__.partition(".")[0]
    modules: dict[str, Link | None] = {own: None}
    modules.update((str(link.function.__module__).partition(".")[0], link) for link in links)
    link: Link | None = None
    raised = error.__cause__ if isinstance(error.__cause__, StopIteration) else error
    traceback = raised.__traceback__  # that one cannot leave a generator as it is
    while traceback is not None:
        name = str(traceback.tb_frame.f_globals.get("__name__"))
        link = modules.get(name.partition(".")[0], link)
        traceback = traceback.tb_next
    if link is None:
        return None
    fault = link.raised(error)
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


def import_fault(distribution: str | None, error: BaseException) -> str:
    """Why a plugin cannot be imported, and what to do."""
    if isinstance(error, SystemExit):
        return "it called sys.exit() while it was imported"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return (
            f"the module {error.name!r} is missing; reinstall {distribution} with its dependencies"
        )
    return f"it cannot be imported: {type(error).__name__}: {error}"


def hook_fault(plugin: object, unknown: str | None, known: Sequence[str]) -> tuple[str, str | None]:
    """What is wrong with the hooks of a plugin: one is unknown, or none is marked; and which."""
    if unknown is not None:
        near = nearest(unknown, known)
        meant = f"; did you mean {near}?" if near else ""
        return f"it implements {unknown}, which is no hook{meant}", unknown
    unmarked = next((n for n in known if inspect.isroutine(getattr(plugin, n, None))), None)
    if unmarked:
        return f"{unmarked} is not marked: decorate it with @chimeric.hookimpl", unmarked
    return "it implements no hook: mark functions with @chimeric.hookimpl", None


def name_fault(declared: str, name: str, taken: Sequence[str], aliases: Mapping[str, str]) -> str:
    """What is wrong with the name of a provider, or with one of its aliases that are taken."""
    if declared != name:
        return (
            f"it declares the provider {declared!r}, but its entry point is named {name!r}: "
            "give both one name"
        )
    return f"its alias {taken[0]!r} is taken by {aliases.get(taken[0], name)!r}"


def unreadable(distribution: Any, groups: Sequence[str], error: Exception) -> str | None:
    """What to tell of entry points that cannot be read; None for what is none of ours."""
    try:
        text = str(distribution.read_text("entry_points.txt") or "")
    except UnicodeDecodeError as fault:
        text = fault.object.decode("latin-1")
    except (OSError, ValueError):
        text = ""
    if text and not any(f"[{group}]" in text for group in groups):
        return None
    place = getattr(distribution, "_path", "a distribution")
    return f"{place}: its entry points cannot be read, and are left out: {error}"


def api_fault(span: tuple[int, int], spoken: int, requirement: str | None) -> str:
    """Why a plugin of that range of the plugin API is not taken, and what to install.

    Args:
        span: the numbers that the plugin was written for.
        spoken: the number of this core.
        requirement: what the plugin's distribution requires of ``chimeric-core``, if known.
    """
    lowest, highest = span
    if lowest > spoken:
        found = re.search(r">=\s*([0-9][0-9a-zA-Z.]*)", requirement or "")
        core = f"chimeric-core>={found.group(1) if found else _core_of(lowest)}"
        return (
            f"it needs plugin API {lowest}, and this chimeric-core has {spoken}: "
            f"pip install {core!r}"
        )
    return (
        f"it was written for plugin API {highest}, and this chimeric-core takes "
        f"{spoken - 1} and {spoken}: install a newer version of it, "
        f"or pip install 'chimeric-core<{_core_of(highest + 2)}'"
    )


def _core_of(number: int) -> str:
    """The first version of chimeric-core of a number: a minor version for each, from 0.4 on."""
    return f"0.{number + 3}"
