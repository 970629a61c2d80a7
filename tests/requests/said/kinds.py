"""Everything that is said to every provider, in groups."""

from __future__ import annotations

from typing import Final

from .calls import CALLS
from .formats import FORMATS
from .messages import MESSAGES
from .parameters import PARAMETERS
from .parts import PARTS
from .tools import TOOLS

__all__ = ["GROUPS", "KINDS"]

GROUPS: Final = {
    "Messages": MESSAGES,
    "Parts of a message": PARTS,
    "Calls and results": CALLS,
    "Tools": TOOLS,
    "The form of the answer": FORMATS,
    "Parameters": PARAMETERS,
}

KINDS: Final = {name: kind for group in GROUPS.values() for name, kind in group.items()}
assert len(KINDS) == sum(map(len, GROUPS.values())), "a name stands twice"
