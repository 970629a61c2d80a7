"""Each request that is built is one that the official SDK of its service knows to its last key."""

from __future__ import annotations

import pytest

from chimeric import ChimericError

from .cases import CASES
from .chat import CHAT
from .posted import MODELS, Post
from .services import oracle_of
from .specials import OWN

MEDIA = {
    "a file",
    "a file of no name",
    "a file by its address",
    "a text file",
    "a file that is there",
    "a document with its citations",  # it is a file of text
}
SOUNDS = {"a sound", "a sound of another's form"}
ANSWERED = {"a picture of an answer"}
ADDRESSES = {"a picture by its address", "a picture with a cache point"}
NOT_TAKEN: dict[str, set[str]] = {
    "anthropic": SOUNDS | ANSWERED,
    "bedrock": ADDRESSES | {"a file by its address", "a file that is there"},
    "cerebras": MEDIA | SOUNDS | ANSWERED,
    "chat": ANSWERED | {"a file by its address"},
    "cohere": MEDIA | SOUNDS | ANSWERED,
    "google": set(),
    "interactions": set(),
    "groq": MEDIA | SOUNDS | ANSWERED,
    "mistral": set(),
    "ollama": MEDIA | SOUNDS | ADDRESSES,
    "openai": SOUNDS | ANSWERED,
}
"""Of each service, what is an error before anything is sent."""

NO_FILES = MEDIA | SOUNDS
NOT_TAKEN |= {
    "azure": MEDIA | ANSWERED,
    "azure-responses": NOT_TAKEN["openai"],
    "azure-claude": NOT_TAKEN["anthropic"],
    "vertex": set(),
    "vertex-chat": {"a file by its address", "a file that is there"},
    "vertex-claude": SOUNDS | ANSWERED | ADDRESSES | {"a file by its address"},
    "grok": NOT_TAKEN["openai"],
    "grok-chat": NO_FILES | ANSWERED,
    "deepseek": NO_FILES | ANSWERED | ADDRESSES | {"a picture", "a picture of another's form"},
    "openrouter": set(),
    **dict.fromkeys(("dashscope", "together"), MEDIA),
    **dict.fromkeys(("fireworks", "huggingface", "moonshot", "nvidia"), NO_FILES),
    **dict.fromkeys(("perplexity", "zai"), NO_FILES),
}
UNJUDGED = dict.fromkeys(
    ("dashscope", "huggingface", "moonshot", "nvidia", "together", "vertex-chat", "zai"), ANSWERED
)
"""What OpenAI's own types lack and these servers may take."""
CHATS = {"azure", "deepseek", "fireworks", "grok-chat", "openrouter", "perplexity", "zai"}
"""Services that are asked for every parameter of chat completions."""


@pytest.mark.parametrize("name", MODELS)
def test_no_key_is_sent_that_the_sdk_does_not_know(name: str) -> None:
    service = name.partition(" ")[0]
    refused: set[str] = set()
    wrong: dict[str, list[str]] = {}
    with Post(name) as post:
        own = OWN.get(service, CHAT if service in CHATS else {})
        for case, (messages, params) in {**CASES, **own}.items():
            if case in UNJUDGED.get(service, ()):
                continue
            try:
                sent = post(messages, **params)
            except ChimericError:
                refused.add(case)
                continue
            assert sent
            found = [told for one in sent for told in oracle_of(one.service)(one.body)]
            if found:
                wrong[case] = found[:5]
    assert wrong == {}
    assert refused <= NOT_TAKEN[service] | {"allowed tools"}


@pytest.mark.parametrize("provider", ["anthropic", "google"])
def test_what_is_counted_is_what_the_sdk_counts(provider: str) -> None:
    with Post(provider) as post:
        for messages, params in CASES.values():
            try:
                sent = post.count(messages, **params)
            except ChimericError:
                continue
            wrong = oracle_of(f"{provider} count")(sent)
            assert wrong == [], (messages, wrong)


def test_a_streamed_request_is_one_of_the_sdk_too() -> None:
    for name in MODELS:
        if name.partition(" ")[0] in ("bedrock", "google", "vertex"):
            continue  # a stream is another address there
        with Post(name) as post:
            [sent] = post("Hi", stream=True)
        assert sent.body["stream"] is True
        assert oracle_of(sent.service)(sent.body) == []
