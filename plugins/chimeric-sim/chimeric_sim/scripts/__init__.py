"""What each model says: from a prompt to the steps of an answer."""

from .script import Script

__all__ = ["Script"]
