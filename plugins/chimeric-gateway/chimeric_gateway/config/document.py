"""A configuration as it was written, and where each of its keys stands."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from .errors import ConfigError
from .lines import Path, lines_of

__all__ = ["Document"]

PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
BARE = re.compile(r"[A-Za-z0-9_-]+")


class Document:
    """What a file or a mapping holds.

    Args:
        data: the tables.
        source: the file's name; "" for a mapping.
        lines: the lines of its keys.
    """

    def __init__(
        self, data: Mapping[str, Any], source: str = "", lines: Mapping[Path, int] = {}
    ) -> None:
        self.data = data
        self.source = source
        self._lines = lines

    @classmethod
    def of_file(cls, path: str | os.PathLike[str]) -> Document:
        """Read a file.

        Raises:
            ConfigError: when it cannot be read, or is no TOML.
        """
        source = os.fspath(path)
        try:
            with open(path, encoding="utf-8-sig") as file:
                text = file.read()
        except OSError as error:
            raise ConfigError(f"{source}: {error.strerror or error}") from error
        except ValueError as error:  # bytes that are no UTF-8; a name with a null
            raise ConfigError(f"{source}: it cannot be read as UTF-8") from error
        try:
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise ConfigError(_no_toml(source, text, str(error))) from error
        try:
            lines = lines_of(text)
        except (LookupError, ValueError):  # errors then name the key alone
            lines = {}
        return cls(data, source, lines)

    def place(self, path: Path) -> str:
        """File, line and key, as an error begins with: ``gateway.toml:3: models.fast.model``."""
        line = next(
            (
                self._lines[path[:end]]
                for end in range(len(path), 0, -1)
                if path[:end] in self._lines
            ),
            None,
        )
        where = self.source or "the gateway's configuration"
        place = where if line is None else f"{where}:{line}"
        return f"{place}: {_dotted(path)}" if path else place

    def fault(self, path: Path, text: str) -> ConfigError:
        """An error about a key."""
        return ConfigError(f"{self.place(path)}: {' '.join(text.split())}")


def _no_toml(source: str, text: str, fault: str) -> str:
    """The error of a file that is no TOML, with the line in front."""
    found = PLACE.search(fault)
    if found is None:
        return f"{source}: this is no TOML: {' '.join(fault.split())}"
    line = int(found[1]) if found[1] else text.count("\n") + 1
    fault = fault[: found.start()]
    return f"{source}:{line}: this is no TOML: {fault[:1].lower()}{fault[1:]}"


def _dotted(path: Path) -> str:
    """A path as one would write it in TOML."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = BARE.fullmatch(part)
            shown = part if bare else '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'
            text += f".{shown}" if text else shown
    return " ".join(text.split("\n"))
