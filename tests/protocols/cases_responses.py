"""Cases in the protocol of Responses: each module named here adds some."""

from __future__ import annotations

from . import (
    responses_calls,
    responses_errors,
    responses_events,
    responses_output,
    responses_text,
)
from .responses_forms import CASES

__all__ = [
    "CASES",
    "responses_calls",
    "responses_errors",
    "responses_events",
    "responses_output",
    "responses_text",
]
