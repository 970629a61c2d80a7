"""Requests of the Responses protocol as arguments of a call."""

from .request import read_responses, read_same

__all__ = ["read_responses", "read_same"]
