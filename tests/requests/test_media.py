"""Pictures, files and sounds arrive with the media type that services take."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from chimeric import AudioPart, FilePart, ImagePart, Message, ModelNotSupportedError

from .served import PROVIDERS, ask

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"
JPEG = "/9j/4AAQSkZJRg=="
PDF = base64.b64encode(b"%PDF-1.7\n").decode()
SEEING = ["openai", "chat", "google", "cohere", "mistral", "openrouter"]
READING = ["openai", "google", "openrouter"]


def sent(provider: str, *parts: Any) -> str:
    body = ask(PROVIDERS[provider], [{"role": "user", "content": list(parts)}]).body
    return msgspec.json.encode(body).decode()


@pytest.mark.parametrize("provider", SEEING)
@pytest.mark.parametrize(
    ("part", "kind", "data"),
    [
        (ImagePart(data=JPEG, media_type="image/jpg"), "image/jpeg", JPEG),
        (ImagePart(data=PNG, media_type="IMAGE/PNG"), "image/png", PNG),
        (ImagePart(data=PNG), "image/png", PNG),
        (ImagePart(url=f"data:image/png;base64,{PNG}"), "image/png", PNG),
        (ImagePart(data=f"data:image/jpg;base64,{JPEG}"), "image/jpeg", JPEG),
        ({"type": "image", "data": base64.b64decode(PNG)}, "image/png", PNG),
        ({"type": "image_url", "image_url": {"url": f"data:;base64,{PNG}"}}, "image/png", PNG),
    ],
)
def test_a_picture_has_its_type(provider: str, part: Any, kind: str, data: str) -> None:
    text = sent(provider, part)
    assert kind in text
    assert data in text
    assert "octet-stream" not in text
    assert "fileUri" not in text


@pytest.mark.parametrize("provider", SEEING)
def test_what_is_no_picture_is_refused_before_it_is_sent(provider: str) -> None:
    part = ImagePart(data=base64.b64encode(b"plain words").decode())
    with pytest.raises(ModelNotSupportedError, match="media_type"):
        ask(PROVIDERS[provider], [Message("user", (part,))])


@pytest.mark.parametrize("provider", READING)
def test_a_pdf_without_a_type_is_recognised(provider: str) -> None:
    text = sent(provider, FilePart(data=PDF))
    assert "application/pdf" in text
    assert "octet-stream" not in text


def test_a_mistral_document_has_its_type() -> None:
    assert f"data:application/pdf;base64,{PDF}" in sent("mistral", FilePart(data=PDF))


@pytest.mark.parametrize("provider", READING)
def test_a_data_url_that_is_not_base64_is_its_text(provider: str) -> None:
    words = base64.b64encode(b"hello world").decode()
    for part in (
        FilePart(url="data:text/plain,hello%20world"),
        {"type": "file", "file": {"file_data": "data:text/plain,hello%20world"}},
    ):
        assert words in sent(provider, part)


def test_a_sound_is_no_picture() -> None:
    wav = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt ").decode()
    assert "audio/wav" in sent("google", AudioPart(data=wav))
