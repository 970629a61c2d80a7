"""What comes over the wire of one call, beside the chunks that the core makes of it."""

from __future__ import annotations

from chimeric_gateway.asked import Asked

__all__ = ["Wire"]


class Wire:
    """The bytes of one call's answers.

    Args:
        asked: what the client asked for.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
