"""The typed structs behind ``chunk.native``."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from chimeric_chat_completions import chimeric_native_event, compatible
from chimeric_chat_completions.native import ChatCompletion, ChatCompletionChunk
from chimeric_chat_completions.parser import ChatState

from chimeric import Event, Request

STATE = ChatState(compatible.DIALECT, Request(model="m", messages=()))


def test_a_chunk_keeps_the_names_of_the_wire(chunk):
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}
    frame = chunk({"content": "x", "tool_calls": [call]}, usage={"prompt_tokens": 1}, new=[1])
    native = chimeric_native_event(Event(msgspec.json.encode(frame)), STATE)
    assert isinstance(native, ChatCompletionChunk)
    assert native.choices[0].delta.tool_calls[0].function.name == "f"
    assert native.usage.prompt_tokens == 1


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_text": "t", "reasoning_opaque": "o"},
        {"thinking": {"thinking": "t"}, "cot_summary": "c"},
        {"audio": {"transcript": "t"}, "images": [{"type": "image_url"}]},
        {"tool_calls": {"index": "0", "id": "", "function": {"name": "f"}}},
    ],
)
def test_a_chunk_keeps_what_servers_add(chunk, delta):
    frame = chunk(delta, search_results=[{"url": "u"}], base_resp={"status_code": 0})
    frame["choices"][0] |= {"index": "1", "error": {"code": 502}}
    native = chimeric_native_event(Event(msgspec.json.encode(frame)), STATE)
    assert isinstance(native, ChatCompletionChunk)
    again = msgspec.to_builtins(native)
    assert again["choices"][0]["delta"] == delta
    assert (again["choices"][0]["index"], again["choices"][0]["error"]) == ("1", {"code": 502})
    assert (again["search_results"], again["base_resp"]) == ([{"url": "u"}], {"status_code": 0})


def test_without_state_a_whole_body_is_decoded():
    native = chimeric_native_event(Event(b'{"choices":[{"message":{"content":"x"}}]}'), None)
    assert isinstance(native, ChatCompletion)
    assert native.choices[0].message.content == "x"


def test_what_does_not_fit_the_types_is_plain_data():
    assert chimeric_native_event(Event(b'{"id":1}'), STATE) == {"id": 1}
    assert chimeric_native_event(Event(b'{"id":1}'), None) == {"id": 1}


def test_the_terminator_is_no_native_event():
    assert chimeric_native_event(Event(b"[DONE]"), STATE) is None


def test_the_declaration_imports_no_wire_code():
    code = (
        "import sys, chimeric_chat_completions.compatible as c; c.chimeric_provider();"
        "wire = {'parser', 'plain', 'native', 'body', 'conversation', 'errors', 'models'};"
        "print([m for m in wire if f'chimeric_chat_completions.{m}' in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
