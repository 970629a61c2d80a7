"""Parts that only another protocol has are read as texts, or the caller is told."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from chimeric import ModelNotSupportedError, NativePart

from .served import PROVIDERS, Sent, ask

ALL = sorted(PROVIDERS)
TEXTS: dict[str, dict[str, Any]] = {
    "document of parts": {
        "type": "document",
        "source": {"type": "content", "content": [{"type": "text", "text": "the words"}]},
    },
    "document of a string": {
        "type": "document",
        "source": {"type": "content", "content": "the words"},
    },
    "search result": {
        "type": "search_result",
        "source": "https://a.example",
        "title": "A",
        "content": [{"type": "text", "text": "the words"}],
        "citations": {"enabled": True},
    },
    "document of Cohere": {"type": "document", "document": {"data": {"text": "the words"}}},
    "document of Cohere as a string": {"type": "document", "document": {"data": "the words"}},
}


FILELESS = ("cohere", "groq", "ollama")


def said(sent: Sent) -> str:
    return msgspec.json.encode(sent.body).decode()


@pytest.mark.parametrize("provider", ALL)
@pytest.mark.parametrize("part", TEXTS.values(), ids=TEXTS)
def test_a_document_of_text_is_read_everywhere(provider: str, part: dict[str, Any]) -> None:
    sent = ask(PROVIDERS[provider], [{"role": "user", "content": [part]}])
    assert "the words" in said(sent)
    if "citations" in part and '"enabled"' not in said(sent):
        assert any("citations" in told for told in sent.told)


@pytest.mark.parametrize("provider", ALL)
def test_a_document_that_is_text_is_a_file_of_text(provider: str) -> None:
    source = {"type": "text", "media_type": "text/plain", "data": "the words"}
    talk = [{"role": "user", "content": [{"type": "document", "title": "T", "source": source}]}]
    if provider in FILELESS:
        with pytest.raises(ModelNotSupportedError, match=r"[Ff]ile"):
            ask(PROVIDERS[provider], talk)
        return
    body = said(ask(PROVIDERS[provider], talk))
    assert "the words" in body or base64.b64encode(b"the words").decode() in body


@pytest.mark.parametrize("provider", ALL)
def test_a_search_result_is_read_in_a_result_of_a_tool_too(provider: str) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    talk = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": [TEXTS["search result"]]},
    ]
    assert "the words" in said(ask(PROVIDERS[provider], talk))


@pytest.mark.parametrize("provider", ALL)
def test_a_refusal_in_a_part_is_what_the_assistant_said(provider: str) -> None:
    ask_first = {"role": "user", "content": "Hi"}
    refused = {"role": "assistant", "content": [{"type": "refusal", "refusal": "I will not."}]}
    assert "I will not." in said(ask(PROVIDERS[provider], [ask_first, refused, ask_first]))


@pytest.mark.parametrize("provider", sorted(set(ALL) - {"anthropic"}))
def test_what_cannot_be_a_text_is_refused_before_it_is_sent(provider: str) -> None:
    part = {"type": "container_upload", "file_id": "f"}
    with pytest.raises(ModelNotSupportedError, match="container_upload"):
        ask(PROVIDERS[provider], [{"role": "user", "content": [part]}])


@pytest.mark.parametrize("provider", sorted(set(ALL) - {"bedrock"}))
def test_a_cache_point_of_converse_is_told_where_there_is_none(provider: str) -> None:
    parts = [{"text": "Hi"}, NativePart({"cachePoint": {"type": "default"}})]
    sent = ask(PROVIDERS[provider], [{"role": "user", "content": parts}])
    assert "cachePoint" not in said(sent)
    assert any("cachePoint" in told for told in sent.told)


@pytest.mark.parametrize("provider", ["openai", "groq", "cohere", "anthropic"])
def test_a_picture_of_an_assistant_is_refused_before_it_is_sent(provider: str) -> None:
    picture = {"type": "image_url", "image_url": {"url": "https://a.example/x.png"}}
    talk = [{"role": "assistant", "content": [picture]}, {"role": "user", "content": "Hi"}]
    with pytest.raises(ModelNotSupportedError, match=r"[Ii]mage"):
        ask(PROVIDERS[provider], talk)


@pytest.mark.parametrize(
    ("provider", "content"),
    [
        (
            "anthropic",
            [
                {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
                {"type": "text", "text": "Look", "key_of_nobody": 1},
                {"type": "tool_use", "id": "t1", "name": "f", "input": {}, "key_of_nobody": 2},
            ],
        ),
        (
            "google",
            [
                {"text": "Hm", "thought": True},
                {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "c2ln"},
                {"text": "Look", "key_of_nobody": 1},
            ],
        ),
    ],
)
def test_a_key_of_nobody_in_a_signed_answer_is_told_and_not_sent(
    provider: str, content: list[dict[str, Any]]
) -> None:
    key = "parts" if provider == "google" else "content"
    role = "model" if provider == "google" else "assistant"
    asked = {"role": "user", "content": "Hi"}
    sent = ask(PROVIDERS[provider], [asked, {"role": role, key: content}])
    assert "key_of_nobody" not in said(sent)
    assert "c2ln" in said(sent)
    assert any("key_of_nobody" in told for told in sent.told)
