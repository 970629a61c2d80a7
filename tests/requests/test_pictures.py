"""Pictures that are none, or of another type, and how closely a model shall look at them."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from chimeric import ConfigurationError, FilePart, ImagePart, Message, TextPart, ToolCall

from .served import PROVIDERS, ask

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR").decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01").decode()
WORDS = base64.b64encode(b"This is no picture at all.").decode()
PDF = base64.b64encode(b"%PDF-1.7 and more").decode()
MEASURED = {"openai", "chat", "cohere", "mistral", "groq", "openrouter"}


def shown(part: Any) -> list[Message]:
    return [Message("user", "Hi"), Message("user", (TextPart("See"), part))]


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
@pytest.mark.parametrize(
    "part",
    [
        ImagePart(data=WORDS, media_type="image/png"),
        ImagePart(data=WORDS, media_type="image/JPG"),
        ImagePart(url=f"data:image/webp;base64,{WORDS}"),
        ImagePart(data=PDF, media_type="image/gif"),
    ],
    ids=["text", "jpg", "data URL", "PDF"],
)
def test_bytes_that_are_no_picture_are_an_error_that_names_the_part(
    provider: str, part: ImagePart
) -> None:
    with pytest.raises(ConfigurationError, match=r"messages\[1\]\.content\[1\]"):
        ask(PROVIDERS[provider], shown(part))


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_picture_of_another_type_is_sent_as_what_it_is_and_told(provider: str) -> None:
    sent = ask(PROVIDERS[provider], shown(ImagePart(data=JPEG, media_type="image/png")))
    body = msgspec.json.encode(sent.body).decode()
    assert JPEG in body
    assert "image/png" not in body
    assert any("image/png is image/jpeg" in told for told in sent.told)


@pytest.mark.parametrize(
    "part",
    [
        ImagePart(data=PNG, media_type="image/png"),
        ImagePart(data=JPEG, media_type="image/jpg"),
        ImagePart(data=JPEG),
        ImagePart(data="aGk=", media_type="image/png"),
        ImagePart(data="iVBORw==", media_type="image/png"),
        ImagePart(url="https://example.com/a.png"),
        FilePart(data=WORDS, media_type="text/plain"),
    ],
    ids=["png", "jpg", "untold", "too short to say", "cut off", "address", "a file of text"],
)
def test_of_what_may_be_a_picture_nothing_is_told(part: Any) -> None:
    assert ask("openai:gpt-4o", shown(part)).told == []


def test_a_type_whose_files_begin_in_many_ways_is_left_to_the_service() -> None:
    sent = ask("compatible:some-model", shown(ImagePart(data=WORDS, media_type="image/svg+xml")))
    assert WORDS in msgspec.json.encode(sent.body).decode()


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_tool_that_gives_no_picture_does_not_end_the_conversation(provider: str) -> None:
    said = [
        Message("user", "Hi"),
        Message("assistant", "", (ToolCall("abcdefghi", "look", "{}"),)),
        Message(
            "tool",
            (TextPart("here"), ImagePart(data=WORDS, media_type="image/png")),
            tool_call_id="abcdefghi",
        ),
    ]
    sent = ask(PROVIDERS[provider], said)
    assert WORDS not in msgspec.json.encode(sent.body).decode()
    assert any("messages[2].content[1]" in told for told in sent.told)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
@pytest.mark.parametrize("detail", ["low", "high", "auto"])
def test_how_closely_to_look_is_sent_or_told(provider: str, detail: str) -> None:
    part = ImagePart(data=PNG, media_type="image/png", detail=detail)
    sent = ask(PROVIDERS[provider], shown(part))
    if provider == "interactions":
        inside = sent.body["input"][-1]["content"][-1]
        assert inside.get("resolution") == (None if detail == "auto" else detail)
        assert sent.told == []
    elif provider in MEASURED:
        assert f'"detail":"{detail}"' in msgspec.json.encode(sent.body).decode()
        assert sent.told == []
    else:
        assert [told for told in sent.told if f"detail='{detail}'" in told] == sent.told != []


@pytest.mark.parametrize("detail", ["low", "medium", "high", "ultra_high", "original"])
def test_gemini_has_a_resolution_of_each_part_since_3(detail: str) -> None:
    part = ImagePart(data=PNG, media_type="image/png", detail=detail)
    sent = ask("google:gemini-3.8-flash", shown(part))
    said = sent.body["contents"][-1]["parts"][-1]
    if detail == "original":
        assert "mediaResolution" not in said
        assert "original" in sent.told[0]
    else:
        assert said["mediaResolution"] == {"level": f"MEDIA_RESOLUTION_{detail.upper()}"}
        assert sent.told == []


def test_cohere_takes_three_details_alone() -> None:
    part = ImagePart(data=PNG, media_type="image/png", detail="original")
    sent = ask("cohere:command-a-03-2025", shown(part))
    assert "detail" not in sent.body["messages"][-1]["content"][-1]["image_url"]
    assert "original" in sent.told[0]
