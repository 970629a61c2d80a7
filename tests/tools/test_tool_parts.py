"""Pictures, sounds and files as results of tools."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from chimeric import (
    AudioPart,
    BadRequestError,
    FilePart,
    ImagePart,
    Message,
    TextPart,
    Tool,
    ToolCall,
    TranslationError,
    TranslationWarning,
)

from .crew import MODES, Crew, calls, listen
from .served import Served
from .speakers import SPEAKERS, Speaker

PNG = "iVBORw0KGgo="
PICTURE = ImagePart(data=PNG, media_type="image/png")
SOUND = AudioPart(data="UklGRgAA", media_type="audio/wav")
PAPER = FilePart(data="JVBERi0=", media_type="application/pdf", filename="paper.pdf")
REFUSED = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("returned", "parts", "output"),
    [
        (PICTURE, (PICTURE,), "[image: image/png, 9 bytes]"),
        (
            ["a graph:", PICTURE, {"points": 3}],
            (TextPart("a graph:"), PICTURE, TextPart('{"points":3}')),
            'a graph:\n[image: image/png, 9 bytes]\n{"points":3}',
        ),
        (
            (TextPart("half \ud83d"), PAPER, SOUND),
            (TextPart("half ?"), PAPER, SOUND),
            "half ?\n[file: application/pdf, 6 bytes]\n[audio: audio/wav, 6 bytes]",
        ),
        (
            ImagePart(url="https://example.com/a.png"),
            (ImagePart(url="https://example.com/a.png"),),
            "[image: https://example.com/a.png]",
        ),
        (["only", "text"], (), '["only","text"]'),
    ],
    ids=["picture", "mixed", "tuple", "url", "text"],
)
def test_a_tool_may_return_parts(
    crew: Crew, mode: str, returned: Any, parts: Any, output: str
) -> None:
    heard = listen(
        mode, crew.client(), calls("t"), tools=[Tool(name="t", function=lambda: returned)]
    )
    (result,) = heard.response.tool_results
    assert (result.output, result.parts, result.is_error) == (output, parts, False)
    assert result.value == returned
    told = next(message for message in heard.response.messages if message.role == "tool")
    assert told.content == (parts or output)
    again = msgspec.json.decode(msgspec.json.encode(told), type=Message)
    assert again == told


@pytest.mark.filterwarnings("error")
def test_the_steps_and_the_result_of_a_generator_may_be_parts(crew: Crew) -> None:
    def draw() -> Iterator[Any]:
        yield "drawing"
        yield PICTURE

    heard = listen("sync", crew.client(), calls("t"), tools=[Tool(name="t", function=draw)])
    assert [r.output for r in heard.results] == ["drawing", *["[image: image/png, 9 bytes]"] * 2]
    assert heard.response.tool_results[0].parts == (PICTURE,)


@pytest.mark.filterwarnings("error")
def test_what_stands_beside_a_picture_needs_a_json_form(crew: Crew) -> None:
    tool = Tool(name="t", function=lambda: [PICTURE, object()])
    heard = listen("sync", crew.client(), calls("t"), tools=[tool])
    assert heard.results[0].is_error
    assert "cannot be sent" in heard.results[0].output


# --- on the wire ----------------------------------------------------------------------------------


def sent(speaker: Speaker, *parts: Any, **settings: Any) -> tuple[str, list[str]]:
    """What a provider is sent of a result of these parts, and the warnings."""
    messages = [
        Message("user", "Draw."),
        Message("assistant", tool_calls=(ToolCall("call_1", "draw"),)),
        Message("tool", parts, tool_call_id="call_1", name="draw"),
    ]
    tool = Tool(name="draw")
    with Served([REFUSED], **settings) as served, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(BadRequestError):
            served.client.generate(speaker.model("m"), messages, tools=[tool], **speaker.options)
        body = served.server.requests[0].body.decode()
    told = [str(w.message) for w in caught if isinstance(w.message, TranslationWarning)]
    return body, told


CARRY: dict[str, Callable[[Any], bool]] = {
    "openai-responses": lambda part: part is not SOUND,
    "grok-responses": lambda part: part is not SOUND,
    "anthropic": lambda part: part is not SOUND,
    "google": lambda part: True,
    "google-interactions": lambda part: True,
    "vertex": lambda part: True,
    "bedrock": lambda part: part is not SOUND,
    "bedrock-invoke": lambda part: part is not SOUND,
    "ollama": lambda part: part is PICTURE,
}


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda s: s.key)
@pytest.mark.parametrize("part", [PICTURE, SOUND, PAPER], ids=["picture", "sound", "file"])
def test_a_part_of_a_result_is_sent_or_a_note_and_a_warning(speaker: Speaker, part: Any) -> None:
    body, told = sent(speaker, TextPart("Here it is:"), part)
    assert "Here it is:" in body
    carried = CARRY.get(speaker.key, lambda part: False)(part)
    assert (part.data in body) == carried
    assert ("could not be sent]" in body) == (not carried)
    notes = [text for text in told if "result" in text]
    assert len(notes) == (not carried), told


@pytest.mark.parametrize(
    "speaker", [s for s in SPEAKERS if s.key in ("anthropic", "groq")], ids=lambda s: s.key
)
def test_strict_callers_are_told_before_anything_is_sent(speaker: Speaker) -> None:
    messages = [
        Message("user", "Sing."),
        Message("assistant", tool_calls=(ToolCall("call_1", "sing"),)),
        Message("tool", (SOUND,), tool_call_id="call_1", name="sing"),
    ]
    with Served(strict=True) as served, pytest.raises(TranslationError, match="result"):
        served.client.generate(speaker.model("m"), messages, tools=[Tool(name="sing")])
    assert served.server.requests == []
