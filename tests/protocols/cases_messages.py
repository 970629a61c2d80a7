"""Cases in the protocol of Anthropic's Messages and Bedrock's Converse."""

from __future__ import annotations

from . import (
    cases_messages_complete,
    cases_messages_ends,
    cases_messages_errors,
    cases_messages_events,
)
from .case import Case

__all__ = ["CASES"]

CASES: list[Case] = [
    *cases_messages_ends.CASES,
    *cases_messages_errors.CASES,
    *cases_messages_events.CASES,
    *cases_messages_complete.CASES,
]
