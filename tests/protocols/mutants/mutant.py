"""A fault that is put back: texts of the source, and what they are replaced by."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec

__all__ = ["ROOT", "Edit", "Mutant", "planted"]

ROOT = Path(__file__).resolve().parents[3]


class Edit(msgspec.Struct, frozen=True):
    """One replacement. The old text stands in the file exactly once."""

    path: str
    """From the repository's root."""
    old: str
    new: str

    def applies(self) -> bool:
        """Whether the source still has the old text, once."""
        return (ROOT / self.path).read_text().count(self.old) == 1


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One fault."""

    name: str
    finding: str
    """The number of the file under ``findings/streams``, or its name elsewhere."""
    protocols: tuple[str, ...]
    """Where the generator looks for it."""
    edits: tuple[Edit, ...]


def planted(mutant: Mutant, folder: Path) -> Path:
    """A folder with a copy of the core and of what the fault is in; for ``sys.path``.

    What Python compiled is copied too, and holds for all but the files that are changed.
    """
    core = Path("chimeric_core", "chimeric")
    packages = {core, *(_package(edit) for edit in mutant.edits)}
    for package in packages:
        shutil.copytree(ROOT / package, folder / package.name)
    for edit in mutant.edits:
        # The packages stand side by side there, whatever folder they are in here.
        changed = folder / Path(edit.path).relative_to(_package(edit).parent)
        changed.write_text(changed.read_text().replace(edit.old, edit.new))
    return folder


def _package(edit: Edit) -> Path:
    """``chimeric_core/chimeric`` or ``plugins/chimeric-x/chimeric_x``."""
    parts = Path(edit.path).parts
    return Path(*parts[: 2 if parts[0] == "chimeric_core" else 3])
