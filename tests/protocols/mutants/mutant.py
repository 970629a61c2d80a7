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
    """A folder with a copy of the core and all plugins in which the fault is; for ``sys.path``."""
    packages = [ROOT / "chimeric_core" / "chimeric"]
    packages += [p.parent for p in sorted(ROOT.glob("plugins/*/chimeric_*/__init__.py"))]
    ignored = shutil.ignore_patterns("__pycache__")
    for package in packages:
        shutil.copytree(package, folder / package.name, ignore=ignored)
    for edit in mutant.edits:
        # The packages stand side by side there, whatever folder they are in here.
        inside = edit.path.split("/", 1 if edit.path.startswith("chimeric_core") else 2)[-1]
        changed = folder / inside
        changed.write_text(changed.read_text().replace(edit.old, edit.new))
    return folder
