"""The files of a new plugin: a package that builds, installs and passes its own tests."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Literal, TypeAlias

__all__ = ["Kind", "generate"]

Kind: TypeAlias = Literal["provider", "middleware"]

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
GROUPS: dict[str, str] = {"provider": "chimeric", "middleware": '"chimeric.middleware"'}


def generate(name: str, kind: Kind, directory: Path) -> Path:
    """Write a plugin's files into ``directory/chimeric-<name>`` and return that folder.

    Args:
        name: the plugin's name: small letters, digits and single hyphens.
        kind: ``provider`` or ``middleware``.
        directory: where the folder is made.

    Raises:
        ValueError: for a name or a kind that cannot be used.
        FileExistsError: when the folder is there already; nothing is changed then.

    Example:
        >>> import tempfile
        >>> folder = generate("acme", "provider", Path(tempfile.mkdtemp()))
        >>> sorted(path.name for path in folder.iterdir())
        ['.github', 'README.md', 'chimeric_acme', 'pyproject.toml', 'tests']
    """
    name = name.removeprefix("chimeric-")
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be a plugin's name: use small letters, digits and '-'")
    if kind not in GROUPS:
        raise ValueError(f"a plugin is a provider or a middleware, not {kind!r}")
    folder = directory / f"chimeric-{name}"
    folder.mkdir(parents=True)
    words = {
        "@name@": name,
        "@module@": f"chimeric_{name.replace('-', '_')}",
        "@Class@": "".join(part.capitalize() for part in name.split("-")),
        "@CLASS@": name.replace("-", "_").upper(),
        "@group@": GROUPS[kind],
        "@kind@": kind,
    }
    template = files("chimeric_cli") / "template"
    for part in ("shared", kind):
        for source in sorted((template / part).iterdir(), key=lambda item: item.name):
            target = folder / _fill(source.name, words).replace("+", "/").removesuffix(".txt")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_fill(source.read_text("utf-8"), words), "utf-8")
    return folder


def _fill(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text
