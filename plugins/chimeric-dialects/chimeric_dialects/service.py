"""What a protocol asks of the service that speaks it: its models, keys, signatures and memory."""

from __future__ import annotations

import secrets

from .problems import Problem
from .prompts import Turn
from .signatures import Signer

__all__ = ["Service"]


class Service:
    """A service that has every model, accepts every key and remembers nothing.

    A server subclasses it and overrides what it knows better.

    Attributes:
        strict: whether what only the real service's own models refuse is refused: fields that do
            not exist, and parameters that a model does not take.
        signer: signs thoughts, and tells whether a signature that comes back is genuine.
    """

    def __init__(self, *, strict: bool = True, signer: Signer | None = None) -> None:
        self.strict = strict
        self.signer = signer or Signer(secrets.token_bytes(32))

    def check_model(self, model: str) -> None:
        """Refuse a model that there is not.

        Raises:
            Problem: ``unknown_model``.
        """

    def check_key(self, key: str | None) -> None:
        """Refuse a missing or a bad key.

        Raises:
            Problem: ``missing_key`` or ``bad_key``.
        """
        if not key:
            raise Problem("missing_key", "no key")

    def secret_of(self, key_id: str | None) -> str | None:
        """The secret of a key pair, where requests are signed with one and it is known."""
        return None

    def remember_thought(self, item_id: str, thought: str) -> None:
        """Note that ``item_id`` was given out with ``thought``, and must return with it."""

    def thought_of(self, item_id: object) -> str | None:
        """The thought that an item was given out with, or None."""
        return None

    def store_conversation(self, response_id: str, turns: list[Turn]) -> None:
        """Keep the conversation that ends with a response."""

    def conversation(self, response_id: object) -> list[Turn] | None:
        """The conversation that ends with a stored response, or None."""
        return None
