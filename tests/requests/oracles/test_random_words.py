"""Random conversations in the forms of all providers are requests that the SDKs know."""

from __future__ import annotations

import msgspec
import pytest
from chimeric_testing.saying import say

from tests.requests.verdict import MODELS, Judge

from .services import ORACLES, oracle_of

CHATS = {"openai-chat": "chat", "grok-chat": "grok-chat"}
SERVICES = {name: CHATS.get(name, name.partition("-")[0]) for name in MODELS}
SERVICES["bedrock-invoke"] = "anthropic"
OPEN = ("moonshot", "together", "zai")
"""Services that get keys which nobody knows."""
SAMPLING = ("temperature", "top_p", "top_k")


def oracle_for(service: str, body: object) -> str:
    """Anthropic's older version is asked where something is sampled."""
    sampled = service == "anthropic" and any(name in body for name in SAMPLING)  # type: ignore[operator]
    return "anthropic sampled" if sampled else service


JUDGED = [n for n in MODELS if SERVICES[n] in ORACLES and n not in OPEN]


@pytest.mark.parametrize("name", [n for n in JUDGED if MODELS[n][:10] != "compatible"])
def test_what_is_made_of_random_words_is_known_to_the_sdk(name: str) -> None:
    judge, wrong, sent = Judge(name), dict[int, list[str]](), 0
    for seed in range(60):
        said = say(seed, signed=judge.sign)
        body = judge(said).body
        # Keys that nobody knows may stand in a form that is passed on as it is.
        if not body or said.open:
            continue
        asked = msgspec.json.decode(body)
        if name == "bedrock-invoke":  # Anthropic's body, with the version in it and no model
            asked = {"model": "claude-sonnet-4-5", **asked}
            del asked["anthropic_version"]
            asked.pop("anthropic_beta", None)
        if SERVICES[name] == "groq":
            asked.pop("reasoning_effort", None)  # the levels of this model are not known
        sent += 1
        found = oracle_of(oracle_for(SERVICES[name], asked))(asked)
        if found:
            wrong[seed] = found[:3]
    assert wrong == {}
    assert sent > 15
