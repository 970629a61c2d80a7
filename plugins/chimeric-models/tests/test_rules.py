"""Names, schemas, ids and media types: one rule a test."""

from __future__ import annotations

import base64

import pytest
from chimeric_models import CallIds, Claude, Closed, nine_characters, plain_id, recognised, settled

from chimeric import AudioPart, FilePart, ImagePart


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("claude-sonnet-4-5-20250929", (4, 5)),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", (4, 5)),
        ("anthropic/claude-opus-4.1", (4, 1)),
        ("claude-opus-4@20250514", (4, 0)),
        ("anthropic.claude-3-7-sonnet-20250219-v1:0", (3, 7)),
        ("claude-instant", (0, 0)),
    ],
)
def test_a_name_of_any_service_tells_the_version(name: str, version: tuple[int, int]) -> None:
    assert Claude.of(name).version == version


def test_a_schema_that_holds_itself_is_told() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    tree = {"$ref": "#/$defs/Node", "$defs": {"Node": node}}
    assert Closed.of(tree).recursive
    assert "holds itself" in Closed.of(tree).faults
    twice = {"properties": {"a": {"$ref": "#/$defs/A"}, "b": {"$ref": "#/$defs/A"}}}
    assert not Closed.of({"type": "object", **twice, "$defs": {"A": {"type": "string"}}}).faults


@pytest.mark.parametrize(
    "field",
    [
        {"type": "object"},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {"type": "object", "properties": {"a": {}}, "additionalProperties": True},
        {"type": "object", "patternProperties": {"^a": {}}},
        {"type": ["object", "null"], "additionalProperties": {}},
    ],
)
def test_an_object_with_open_keys_is_told_at_any_depth(field: dict) -> None:
    listed = {"type": "array", "items": {"anyOf": [field, {"type": "null"}]}}
    closed = Closed.of({"type": "object", "properties": {"tags": listed}})
    assert closed.opened == ("tags[]",)
    assert not Closed.of({"type": "object"}).opened


def test_a_result_has_the_id_of_its_call() -> None:
    ids = CallIds(nine_characters)
    sent = [ids.call("a", "f"), ids.call("a", "g")]
    assert [ids.result("a", "g"), ids.result("a", "f")] == [sent[1], sent[0]]
    again = CallIds(nine_characters)
    assert [again.call("a", "f"), again.call("a", "g")] == sent
    assert len({*sent}) == 2


def test_ids_that_are_taken_stay() -> None:
    ids = CallIds(plain_id)
    assert ids.call("toolu_1") == "toolu_1"
    assert ids.result("unknown:1") == "unknown_1"


def test_parts_that_are_as_they_should_be_are_not_touched() -> None:
    part = ImagePart(data="iVBORw0KGgo=", media_type="image/png")
    assert settled(part) is part
    linked = FilePart(url="https://example.org/a.pdf")
    assert settled(linked) is linked


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"ID3\x04", "audio/mpeg"),
        (b"hello", None),
    ],
)
def test_first_bytes_tell_the_type(start: bytes, kind: str | None) -> None:
    data = base64.b64encode(start).decode()
    assert recognised(data) == kind
    assert settled(AudioPart(data=data)).media_type == kind
