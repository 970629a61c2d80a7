"""Who may ask, and how often."""

from __future__ import annotations

from .allowances import Allowances
from .keys import Keys, hash_of, new_key

__all__ = ["Allowances", "Keys", "hash_of", "new_key"]
