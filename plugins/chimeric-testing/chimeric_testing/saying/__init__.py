"""What callers say, at random: conversations in every form, and whether they arrive.

``say(seed)`` makes the arguments of a call, each thing in it with a mark of its own; ``lost`` tells
which of them stand neither in the request nor in a warning; ``smallest`` makes what fails small.
"""

from __future__ import annotations

from .asking import meaning
from .finding import lost
from .forms import FORMS
from .said import Leaf, Said, shown
from .shrinking import smallest
from .talk import say

__all__ = ["FORMS", "Leaf", "Said", "lost", "meaning", "say", "shown", "smallest"]
