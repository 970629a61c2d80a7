"""Media types as services spell them, and those that nobody says."""

from __future__ import annotations

import base64

import pytest
from chimeric_models import recognised, settled

from chimeric import AudioPart, FilePart, ImagePart, ModelNotSupportedError

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAACAAFUok9gAAAAAElFTkSuQmCC"


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (base64.b64decode(PNG), "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\x00\x00\x00????", None),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"fLaC\x00\x00", "audio/flac"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"hello, world", None),
        (b"", None),
    ],
)
def test_the_first_bytes_tell_the_format(first: bytes, kind: str | None) -> None:
    assert recognised(encoded(first)) == kind
    assert recognised(base64.urlsafe_b64encode(first).decode().rstrip("=") + "\n") == kind


@pytest.mark.parametrize("data", ["no base64 at all !", "é", "data", "A"])
def test_what_is_no_base64_has_no_format(data: str) -> None:
    assert recognised(data) is None


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("image/jpg", "image/jpeg"),
        ("IMAGE/PNG", "image/png"),
        ("image/png; q=1", "image/png"),
        ("Image/Jpg", "image/jpeg"),
        ("audio/x-wav", "audio/wav"),
        ("audio/mp3", "audio/mpeg"),
        ("Text/Plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("image/of-tomorrow", "image/of-tomorrow"),
    ],
)
def test_a_type_is_spelled_as_services_spell_it(said: str, sent: str) -> None:
    assert settled(FilePart(data="AAAA", media_type=said)).media_type == sent


@pytest.mark.parametrize(
    ("url", "data", "kind"),
    [
        (f"data:image/png;base64,{PNG}", PNG, "image/png"),
        (f"data:;base64,{PNG}", PNG, "image/png"),
        ("DATA:image/JPG;BASE64,/9j/4AAQSkZJRg==", "/9j/4AAQSkZJRg==", "image/jpeg"),
        (f"data:image/jpeg;base64,{PNG}", PNG, "image/png"),
        (f"data:image/png;name=a.png;base64,{PNG}", PNG, "image/png"),
        ("data:text/plain,hello%20world", encoded(b"hello world"), "text/plain"),
        ("data:,hi", encoded(b"hi"), "text/plain"),
        ("data:image/svg+xml;utf8,<svg/>", encoded(b"<svg/>"), "image/svg+xml"),
        ("data:image/png;base64,iVBO%0ARw0K", "iVBORw0K", "image/png"),
    ],
)
def test_a_data_url_is_bytes_wherever_it_stands(url: str, data: str, kind: str) -> None:
    for part in (FilePart(url=url), FilePart(data=url)):
        assert settled(part) == FilePart(data=data, media_type=kind)


def test_a_data_url_without_a_comma_is_refused() -> None:
    with pytest.raises(ModelNotSupportedError, match="not a data URL"):
        settled(ImagePart(url="data:image/png;base64"))


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (FilePart(data=encoded(b"a,b\n1,2"), filename="a.csv"), "text/csv"),
        (FilePart(data=encoded(b"plain words")), "text/plain"),
        (FilePart(data=encoded(b"\x00\x01\x02")), None),
        (ImagePart(data=PNG, media_type="application/octet-stream"), "image/png"),
        (FilePart(data=encoded(b"\x00"), media_type="image/*"), "image/*"),
        (ImagePart(data=encoded(b"plain words")), None),
        (AudioPart(data=encoded(b"\x00\x01\x02")), None),
    ],
)
def test_a_file_is_told_by_its_name_or_by_being_text(
    part: FilePart | ImagePart | AudioPart, kind: str | None
) -> None:
    assert settled(part).media_type == kind


def test_a_part_that_is_settled_stays_the_same_object() -> None:
    for part in (
        ImagePart(data=PNG, media_type="image/png"),
        ImagePart(url="https://a.test/b.png"),
        FilePart(file_id="f"),
    ):
        assert settled(part) is part
