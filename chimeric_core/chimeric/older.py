"""The older distribution ``chimeric``, whose files lie in the same folder as ours."""

from __future__ import annotations

import os
import warnings

__all__ = ["warn_of_older"]


def warn_of_older(package: str) -> None:
    """Say so where it is installed beside this package, and how to mend it.

    Uninstalling it would take files of both, which looks like a broken release of ours.
    """
    try:
        beside = os.listdir(os.path.dirname(package))
    except OSError:  # an archive, or a program that is frozen
        return
    if any(n.startswith("chimeric-") and n.endswith((".dist-info", ".egg-info")) for n in beside):
        warnings.warn(
            "the older distribution 'chimeric' is installed in the same folder as chimeric-core, "
            "and each overwrites or removes files of the other; mend it: pip uninstall -y "
            "chimeric, then pip install --force-reinstall --no-deps chimeric-core",
            stacklevel=3,
        )
