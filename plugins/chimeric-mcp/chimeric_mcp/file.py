"""The file that names servers: ``mcpServers``, as many programs read it."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from chimeric import ConfigurationError, PluginWarning

from .server import MCPServer

__all__ = ["load_servers"]

VARIABLE: Final = re.compile(r"\$\{(?:env:)?(\w+)(?::-([^}]*))?\}")

TYPES: Final = {"http": "http", "streamable-http": "http", "streamableHttp": "http", "sse": "sse"}

SILENT: Final = ("description", "disabled", "autoApprove", "alwaysAllow", "icon")
"""Keys of other programs that change nothing in what a server is."""


def load_servers(path: str | Path, **options: Any) -> list[MCPServer]:
    """The servers of a JSON file: ``{"mcpServers": {"files": {"command": ..., "args": [...]}}}``.

    An entry has ``command``, ``args``, ``env``, ``cwd``, or ``url``, ``headers`` and ``type``
    (``http``, ``sse``); ``timeout`` is in seconds, ``"disabled": true`` leaves it out. ``${NAME}``
    and ``${NAME:-default}`` are environment variables. VS Code's ``servers`` is read as
    ``mcpServers`` is.

    Args:
        path: of the file.
        **options: more arguments of each ``MCPServer``.

    Raises:
        ConfigurationError: for a file that cannot be read, is no such file, or names a variable
            that is not set; the text says where.

    Example:
        .. code-block:: python

            client = Chimeric(plugins=load_servers("mcp.json"))
    """
    try:
        data: Any = msgspec.json.decode(Path(path).read_bytes())
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no JSON: {error}") from None
    whole = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    found = whole.get("mcpServers", whole.get("servers"))
    if not isinstance(found, dict):
        raise ConfigurationError(f'{path} must have an object "mcpServers" with the servers')
    servers: list[MCPServer] = []
    for name, entry in cast("dict[str, Any]", found).items():
        where = f"{path}, server {name!r}"
        if not isinstance(entry, dict):
            raise ConfigurationError(f"{where}: it must be an object, not {entry!r:.40}")
        told = cast("dict[str, Any]", entry)
        if not told.get("disabled"):
            servers.append(_server(name, told, where, options))
    return servers


def _server(
    name: str, entry: Mapping[str, Any], where: str, options: Mapping[str, Any]
) -> MCPServer:
    told = {key: _filled(value, where) for key, value in entry.items() if key not in SILENT}
    command, url = told.pop("command", None), told.pop("url", None)
    kind = told.pop("type", None)
    if not isinstance(command or url, str) or (command and url):
        raise ConfigurationError(f'{where}: it needs a "command" or a "url", as a text')
    if kind is not None and (kind not in TYPES if url else kind != "stdio"):
        raise ConfigurationError(f"{where}: a {'url' if url else 'command'} of the type {kind!r}")
    if url and not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{where}: the url must begin with https:// or http://")
    kinds: dict[str, Any] = {
        "args": list,
        "env": dict,
        "headers": dict,
        "cwd": str,
        "timeout": (int, float),
    }
    given = {key: told.pop(key) for key in kinds if told.get(key) is not None}
    wrong = [key for key, value in given.items() if not isinstance(value, kinds[key])]
    if wrong:
        raise ConfigurationError(f"{where}: {wrong[0]} has a value of a wrong type")
    args: Any = given.pop("args", ())
    if url and kind is not None:
        given["transport"] = TYPES[kind]
    if told:
        keys = ", ".join(sorted(told))
        warnings.warn(PluginWarning(f"{where}: {keys}: not known here"), stacklevel=4)
    all_options: dict[str, Any] = {**options, **given, "name": name}
    return MCPServer(command or url, *map(str, args), **all_options)


def _filled(value: Any, where: str) -> Any:
    """A value with the environment's variables in it."""
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value).items()
        return {key: _filled(inner, where) for key, inner in named}
    if isinstance(value, list):
        return [_filled(inner, where) for inner in cast("list[Any]", value)]  # type: ignore[redundant-cast]
    return VARIABLE.sub(lambda m: _variable(m, where), value) if isinstance(value, str) else value


def _variable(match: re.Match[str], where: str) -> str:
    default: str | None = match[2]
    value = os.environ.get(match[1]) if default is None else os.environ.get(match[1], default)
    if value is None:
        raise ConfigurationError(f"{where}: the variable {match[1]} is not set")
    return value
