"""Values that no key can have, put at every place of calls in the form of every service."""

from .spoilt import ODD, Odd, odd_calls

__all__ = ["ODD", "Odd", "odd_calls"]
