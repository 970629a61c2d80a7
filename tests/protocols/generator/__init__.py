"""Streams of every protocol by a grammar of all that servers do, with what may be seen of them."""

from .generated import Generated, generate
from .oracle import check
from .protocols import PROTOCOLS

__all__ = ["PROTOCOLS", "Generated", "check", "generate"]
