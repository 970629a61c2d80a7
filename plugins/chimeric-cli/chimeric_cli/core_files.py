"""Whether the core is there and whole. Asked without importing it, which may be impossible."""

from __future__ import annotations

import base64
import hashlib
from importlib import metadata

__all__ = ["OLDER", "core_fault"]

OLDER = (
    "{version} is another, older distribution with files in the same folder as chimeric-core: "
    "pip uninstall -y chimeric, then pip install --force-reinstall --no-deps chimeric-core"
)


def core_fault() -> str | None:
    """What is wrong with the installed core, and the commands that mend it; None where nothing is.

    The older distribution ``chimeric`` has files in the same folder. Whichever is installed last
    overwrites the other's, and whichever is uninstalled takes them away.
    """
    older = _version("chimeric")
    if older is not None:
        return OLDER.format(version=older)
    try:
        core = metadata.distribution("chimeric-core")
    except metadata.PackageNotFoundError:
        return "it is not installed: pip install chimeric-core"
    damaged = sum(not _is_whole(file) for file in core.files or () if file.suffix == ".py")
    if not damaged:
        return None
    files = "1 of its files is" if damaged == 1 else f"{damaged} of its files are"
    return (
        f"{files} missing, or not the one that was installed (another distribution's?): "
        "pip install --force-reinstall --no-deps chimeric-core"
    )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _is_whole(file: metadata.PackagePath) -> bool:
    """Whether a file is as the installer has noted it (in RECORD, by the rules of PEP 376)."""
    if file.hash is None:
        return True
    try:
        digest = hashlib.new(file.hash.mode, file.read_binary()).digest()
    except (OSError, ValueError):
        return False
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value
