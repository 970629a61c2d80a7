"""Random conversations arrive: each thing said is found, told, or refused before sending."""

from __future__ import annotations

import base64
import os
from typing import Any, Final

import msgspec

from chimeric import ConfigurationError, PluginError
from chimeric_testing.harness import Harness
from chimeric_testing.saying import Said, lost, say

__all__ = ["FORMS", "RandomChecks"]

CASES: Final = "CHIMERIC_CASES"
"""The variable of the environment that says how many conversations are tried."""

FORMS: Final = ("objects", "chat", "blocks")
"""The forms that the core reads by itself."""

PUNCTUATION: Final = "'\"`.,:;()[]"


class RandomChecks(Harness):
    """Conversations of the generator, the same ones each time."""

    def test_random_conversations_arrive(self) -> None:
        for seed in range(int(os.environ.get(CASES, self.cases))):
            said = say(seed, forms=(*FORMS, *self.forms))
            faults = self._lost(said)
            assert not faults, f"seed {seed}: {faults}\n{said.arguments()}"

    def _lost(self, said: Said) -> list[str]:
        asked = self._ask(**said.arguments())
        if asked.refusal is not None:
            assert isinstance(asked.refusal, ConfigurationError), repr(asked.refusal)
            assert not isinstance(asked.refusal, PluginError), repr(asked.refusal)
            return []
        body = msgspec.json.encode([asked.body, asked.path], enc_hook=_encoded)
        quoted = [f"'{word.strip(PUNCTUATION)}'" for line in asked.told for word in line.split()]
        return lost(said, body, [*asked.told, *quoted])


def _encoded(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
