"""Sound in pieces and whole."""

from __future__ import annotations

from typing import Any

import msgspec
from chimeric_chat_completions import compatible
from chimeric_chat_completions.parser import ChatState

from chimeric import AudioPart, Delta, Event, GeneratedFile, Request

from .shown import files, whole


def spoken(read: Any, chunk: Any, *pieces: str, **asked: Any) -> list[Any]:
    state = ChatState(compatible.DIALECT, Request(model="m", messages=(), **asked))
    frames = [
        chunk({"role": "assistant", "content": None, "audio": {"id": "audio_1"}}),
        chunk({"audio": {"transcript": "Hel"}}),
        *(chunk({"audio": {"data": piece}}) for piece in pieces),
        chunk({"audio": {"transcript": "lo", "expires_at": 9}}),
        chunk({}, "stop"),
    ]
    deltas = [state.parse(Event(msgspec.json.encode(frame))) for frame in frames]
    deltas.append(state.parse(Event(b"[DONE]")))
    return [delta for delta in deltas if isinstance(delta, Delta)]


def test_a_sound_comes_piece_by_piece_and_whole_at_the_end(read, chunk):
    asked = {"extra": {"audio": {"voice": "alloy", "format": "pcm16"}}}
    deltas = spoken(read, chunk, "AAAA", "AAE=", "AAI=", **asked)
    told = [(f.id, f.part.data, f.partial) for f in files(deltas)]
    assert told == [
        ("audio_1", "AAAA", True),
        ("audio_1", "AAE=", True),
        ("audio_1", "AAI=", True),
        ("audio_1", "AAAAAAEAAg==", False),
    ]
    assert {f.part.media_type for f in files(deltas)} == {"audio/pcm;rate=24000"}
    assert "".join(d.text or "" for d in deltas) == "Hello"
    told_of = [d.metadata["audio"].get("data") for d in deltas if d.metadata]
    assert told_of[-1] == files(deltas)[-1].part.data


def test_pieces_of_a_sound_that_were_cut_anywhere_can_still_be_decoded(read, chunk):
    deltas = spoken(read, chunk, "AAAAB", "B", "BBCC", "CC")
    told = [f.part.data for f in files(deltas)]
    assert told == ["AAAA", "BBBB", "CCCC", "AAAABBBBCCCC"]


def test_the_sound_of_a_whole_answer_is_a_file():
    audio = {"id": "audio_1", "data": "AAAA", "transcript": "Hello", "expires_at": 9}
    asked = {"extra": {"audio": {"format": "wav"}}}
    (delta,) = whole({"content": None, "audio": audio}, asked=asked)
    part = AudioPart(data="AAAA", media_type="audio/wav")
    assert (delta.text, delta.files) == ("Hello", (GeneratedFile("audio_1", part),))


def test_a_sound_that_an_error_cuts_off_is_not_whole(read, chunk):
    deltas = read(
        chunk({"audio": {"id": "a", "data": "AAAA"}}), chunk({}, error={"message": "busy"})
    )
    assert [f.partial for f in files(deltas)] == [True]
