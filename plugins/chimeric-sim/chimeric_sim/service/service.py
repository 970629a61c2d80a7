"""What the simulated service knows: its models, keys, recordings and own answers."""

from __future__ import annotations

from chimeric_dialects import Problem, Service, Signer, Turn

from .memory import Memory
from .models import behaviour_of
from .replay import Recordings
from .run import Run

__all__ = ["SimulatedService"]

# No secret: it only tells the simulator's own signatures from other strings, in any process.
_SIGNING_KEY = b"chimeric-sim"


class SimulatedService(Service):
    """The service of one simulator.

    Attributes:
        keys: the keys that are accepted; None accepts any that does not begin with ``bad``.
            ``ID:SECRET`` is a key pair of AWS, and signatures are checked with it.
        rate: tokens per second where a request does not say.
        seed: seed where a request has none.
        recordings: what ``replay`` serves.
        runs: the responses in the background.
    """

    def __init__(
        self,
        keys: frozenset[str] | None = None,
        rate: float | None = None,
        seed: int | None = None,
        recordings: Recordings | None = None,
    ) -> None:
        super().__init__(signer=Signer(_SIGNING_KEY))
        self.keys = keys
        self.rate = rate
        self.seed = seed
        self.recordings = recordings or Recordings()
        self.runs: Memory[Run] = Memory(1000)
        self._thoughts: Memory[str] = Memory(10_000)
        self._conversations: Memory[list[Turn]] = Memory(1000)

    def check_model(self, model: str) -> None:
        behaviour_of(model)

    def check_key(self, key: str | None) -> None:
        super().check_key(key)
        if key and (key.startswith("bad") or (self.keys is not None and key not in self.keys)):
            raise Problem("bad_key", f"{key[:3]}****")

    def secret_of(self, key_id: str | None) -> str | None:
        pairs = (key.partition(":") for key in self.keys or ())
        return next((secret for name, _, secret in pairs if name == key_id and secret), None)

    def remember_thought(self, item_id: str, thought: str) -> None:
        self._thoughts.put(item_id, thought)

    def thought_of(self, item_id: object) -> str | None:
        return self._thoughts.get(item_id)

    def store_conversation(self, response_id: str, turns: list[Turn]) -> None:
        self._conversations.put(response_id, turns)

    def conversation(self, response_id: object) -> list[Turn] | None:
        return self._conversations.get(response_id)
