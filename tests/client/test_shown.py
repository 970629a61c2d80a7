"""What is shown at a prompt and in a notebook: one short line, and no markup of strangers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeric import (
    Chimeric,
    Citation,
    CompletionResponse,
    Endpoint,
    GeneratedFile,
    ImagePart,
    ServerToolChunk,
    StreamChunk,
    TextPart,
    ToolCall,
    ToolCallChunk,
    ToolExecutionResult,
    Usage,
)
from tests.hooks.modes import run_on

from .frames import DONE, Frames, text

MODEL = "frames:m"
KEY = "frames-key-0123456789"
LONG = "word\n" * 10_000


def response(**fields: Any) -> CompletionResponse:
    return CompletionResponse(**{"content": "Hi", "model": "m", "finish_reason": "stop", **fields})


SHOWN = [
    StreamChunk(LONG),
    StreamChunk(reasoning=LONG),
    StreamChunk(
        refusal=LONG,
        tool_results=(ToolExecutionResult("c", "f", LONG, LONG),),
        tool_calls=(ToolCallChunk(0, "c", "f", LONG),),
    ),
    StreamChunk().replace(
        files=(GeneratedFile("f", ImagePart(data="A" * 10_000)),),
        server_tools=(ServerToolChunk(output=LONG),),
        citations=(Citation(text=LONG),) * 100,
        metadata={"x": LONG},
    ),
    ToolCallChunk(0, "c", "f", LONG),
    response(content=LONG, reasoning=LONG, refusal=LONG, metadata={"x": LONG}, native=LONG),
    response(tool_calls=(ToolCall("c", "f", LONG),) * 3, usage=Usage.of(3, 4)),
]


@pytest.mark.parametrize("value", SHOWN, ids=lambda value: type(value).__name__)
def test_a_repr_is_one_short_line(value: Any) -> None:
    shown = repr(value)
    assert "\n" not in shown
    assert len(shown) < 400
    assert shown.startswith(type(value).__name__)


def test_reprs_tell_what_matters() -> None:
    chunk = StreamChunk("Hi", 1).replace(block=2)
    assert repr(chunk) == "StreamChunk(turn=1, block=2, delta='Hi')"
    told = "CompletionResponse('Hi', finish_reason='stop', model='m', tokens=3+4)"
    assert repr(response(usage=Usage.of(3, 4))) == told


def test_the_repr_of_a_stream_tells_how_far_it_is() -> None:
    with Frames([text("Hi"), None, DONE]) as server, server.client() as client:
        stream = client.generate(MODEL, "Hi", stream=True)
        next(stream)
        assert repr(stream) == "<Stream frames:m, running, 2 characters>"
        server.go_on.release()
        stream.collect()
        assert repr(stream) == "<Stream frames:m, stop, 2 characters>"
        assert "Hi" in stream._repr_html_()
        assert "Hi" in stream._repr_markdown_()


def test_the_repr_of_an_asynchronous_stream_that_is_closed_says_so() -> None:
    async def main() -> tuple[str, str]:
        async with server.client() as client:
            stream = await client.agenerate(MODEL, "Hi", stream=True)
            await anext(stream)
            await stream.aclose()
            return repr(stream), stream._repr_html_()

    with Frames([text("Hi"), None, DONE]) as server:
        shown, html = run_on("asyncio", main)
    assert shown == "<AsyncStream frames:m, closed, 2 characters>"
    assert "not complete" in html


def test_the_repr_of_a_client_has_no_key() -> None:
    client = Chimeric(
        api_key=KEY, endpoints={"eu": Endpoint("compatible", base_url="https://h/v1", api_key=KEY)}
    )
    assert KEY not in repr(client)
    assert re.fullmatch(r"<Chimeric with \d+ providers>", repr(client))


BAD = "<script>alert('x')</script> & <img src=x onerror=y>"


def full(said: str) -> CompletionResponse:
    """A response that says it wherever a stranger's text can stand."""
    citation = Citation(url=said, title=said, text=said)
    return response(
        content=said, reasoning=said, refusal=said, model=said,
        parts=(TextPart(said, (citation,)),), tool_calls=(ToolCall("c", said, said),),
    )  # fmt: skip


def test_html_holds_no_tag_of_the_answer() -> None:
    shown = full(BAD)._repr_html_()
    assert "<script" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp;" in shown


@given(st.text())
def test_html_has_no_tags_but_its_own(said: str) -> None:
    tags = set(re.findall(r"<\s*/?([^\s>]*)", full(said)._repr_html_()))
    assert tags <= {"pre", "div", "details", "summary"}


def test_markdown_keeps_the_markup_of_the_answer_but_for_html() -> None:
    said = f"# Title\n\n**bold** {BAD}\n"
    shown = response(content=said)._repr_markdown_()
    assert "# Title\n\n**bold** &lt;script>" in shown
    assert "<" not in full(BAD)._repr_markdown_()


def test_code_in_fences_is_shown_as_it_is() -> None:
    said = "Look:\n```html\n<b>x</b>\n```\n<i>no</i>\n~~~\na < b\n~~~\n"
    shown = response(content=said)._repr_markdown_()
    assert "```html\n<b>x</b>\n```\n&lt;i>no&lt;/i>\n~~~\na < b\n~~~" in shown


@pytest.mark.parametrize(
    "said",
    [
        "``` a ` b\n<script>",  # no fence: its words hold a backtick
        "    ```\n<script>",  # code by indentation
        "> ```\n<script>",  # a quotation's
        "- a\n   ```\n<script>",  # a list's, which ends here
        "```\ncode\n   ```   \n<script>",
        "```\ncode\n      ```\n<script>",  # closed or not: in doubt, escaped
        "````\n```\n````\n<script>",
        "~~~\n```\n~~~\n<script>",
        "```\rcode\r```\r<script>",
        "`x` ```<script>```",
    ],
)
def test_what_may_be_outside_of_a_fence_is_escaped(said: str) -> None:
    assert "<script" not in response(content=said)._repr_markdown_()


def test_sources_and_tool_calls_are_listed() -> None:
    citation = Citation(url="https://a.example/x", title="A page")
    parts = (TextPart("Hi", (citation, citation)),)
    shown = response(parts=parts, tool_calls=(ToolCall("c", "clock", '{"a": 1}'),))
    for told in (shown._repr_markdown_().replace("\\", ""), shown._repr_html_()):
        assert told.count("https://a.example/x") == 1
        assert "clock(" in told
