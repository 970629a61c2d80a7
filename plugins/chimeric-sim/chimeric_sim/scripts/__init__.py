"""What each model says: from a prompt to the steps of an answer."""

from .script import Script
from .waits import Wait

__all__ = ["Script", "Wait"]
