"""Conversations and parts that a service is known to refuse are sent in a form that it takes."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from chimeric import FilePart, ImagePart, Message, TextPart, ToolCall

from .served import ask

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
BEGUN = [Message("user", "Count to five."), Message("assistant", "One, two, ")]
CLAUDE = "anthropic:claude-sonnet-4-5"
BEDROCK = "bedrock:us.anthropic.claude-{}-v1:0"


@pytest.mark.parametrize(
    "model",
    [
        "anthropic:claude-opus-4-6",
        "anthropic:claude-sonnet-4-6",
        "anthropic:claude-sonnet-5-5",
        "anthropic:claude-haiku-5-5",
        BEDROCK.format("opus-4-8"),
    ],
)
def test_a_claude_that_takes_no_beginning_of_its_answer_is_asked_to_go_on(model: str) -> None:
    sent = ask(model, BEGUN)
    roles = [message["role"] for message in sent.body["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert "Go on" in str(sent.body["messages"][-1])
    assert "the beginning of the answer" in sent.told[0]


@pytest.mark.parametrize("model", [CLAUDE, BEDROCK.format("sonnet-4-5-20250929")])
def test_an_older_claude_gets_the_beginning_of_its_answer_without_the_blank_at_its_end(
    model: str,
) -> None:
    sent = ask(model, BEGUN)
    assert sent.body["messages"][-1]["role"] == "assistant"
    assert sent.body["messages"][-1]["content"][-1]["text"] == "One, two,"


def test_mistral_is_told_that_the_last_message_is_the_beginning_of_an_answer() -> None:
    sent = ask("mistral:mistral-large-latest", BEGUN)
    assert sent.body["messages"][-1] == {
        "role": "assistant",
        "content": "One, two, ",
        "prefix": True,
    }
    assert sent.told == []


@pytest.mark.parametrize(
    "model", [CLAUDE, BEDROCK.format("sonnet-4-5-20250929"), "google:gemini-2.5-flash"]
)
def test_a_picture_is_called_what_its_bytes_are(model: str) -> None:
    sent = ask(model, [Message("user", (ImagePart(data=PNG, media_type="image/jpeg"),))])
    assert "png" in str(sent.body)
    assert "jpeg" not in str(sent.body)


@pytest.mark.parametrize("model", [CLAUDE, BEDROCK.format("sonnet-4-5-20250929")])
def test_a_blank_stop_sequence_is_not_sent_to_claude(model: str) -> None:
    sent = ask(model, stop=["\n", "END"])
    stops = sent.body.get("stop_sequences") or sent.body["inferenceConfig"]["stopSequences"]
    assert stops == ["END"]
    assert "'\\n'" in sent.told[0]


def test_a_failed_tools_picture_becomes_a_note_at_anthropic() -> None:
    shown = (TextPart("no"), ImagePart(data=PNG, media_type="image/png"))
    talk = [
        Message("user", "Hi"),
        Message("assistant", "", (ToolCall("c", "look", "{}"),)),
        Message("tool", shown, tool_call_id="c", is_error=True),
    ]
    sent = ask(CLAUDE, talk)
    (result,) = sent.body["messages"][-1]["content"]
    assert [block["type"] for block in result["content"]] == ["text", "text"]
    assert "failed" in sent.told[0]


def test_the_last_four_cache_points_stay() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    parts = [{"type": "text", "text": f"part {n}", **mark} for n in range(6)]
    sent = ask(CLAUDE, [{"role": "user", "content": parts}])
    marked = ["cache_control" in block for block in sent.body["messages"][0]["content"]]
    assert marked == [False, False, True, True, True, True]
    assert "cache_control" in sent.told[0]


def test_a_document_gets_a_name_and_a_text_as_bedrock_wants_them() -> None:
    data = base64.b64encode(b"%PDF-1.4").decode()
    part = FilePart(data=data, media_type="application/pdf", filename="report _ of - _May.pdf")
    sent = ask(BEDROCK.format("sonnet-4-5-20250929"), [Message("user", (part,))])
    document, text = sent.body["messages"][0]["content"]
    assert "  " not in document["document"]["name"]
    assert text == {"text": "See the document."}
    assert "document" in sent.told[0]


@pytest.mark.parametrize(
    ("model", "params", "word"),
    [
        (CLAUDE, {"max_tokens": 100_000}, "64000"),
        (BEDROCK.format("sonnet-4-5-20250929"), {"max_tokens": 100_000}, "64000"),
        (BEDROCK.format("opus-4-8"), {"reasoning_effort": "minimal"}, "low"),
        ("bedrock:amazon.nova-micro-v1:0", {"temperature": 1.5}, "1 is sent"),
    ],
)
def test_a_number_that_is_too_large_is_the_largest_that_is_taken(
    model: str, params: dict[str, Any], word: str
) -> None:
    assert word in ask(model, **params).told[0]
