"""Answers of the Responses protocol."""

from .answering import ResponsesAnswering

__all__ = ["ResponsesAnswering"]
