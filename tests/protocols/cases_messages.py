"""Cases in the protocol of Anthropic's Messages and Bedrock's Converse."""

from __future__ import annotations

from .case import Case

__all__ = ["CASES"]

CASES: list[Case] = []
