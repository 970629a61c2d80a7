"""Cases in the protocol of Responses."""

from __future__ import annotations

from .case import Case

__all__ = ["CASES"]

CASES: list[Case] = []
