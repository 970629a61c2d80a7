"""What is said, looked through once before a protocol's library translates it.

Each rule here holds for every provider: results belong to calls, pictures are pictures, and what a
service has no form for is told.
"""

from __future__ import annotations

from .request import Takes, heard

__all__ = ["Takes", "heard"]
