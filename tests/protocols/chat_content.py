"""What answers hold besides text: reasoning, parts, sound, search results."""

from __future__ import annotations

from typing import Any

from chimeric import CompletionResponse

from .chat_forms import EVERYWHERE, GOOD, OTHERS, chunk, holds, lacks, message, say, stream, whole

KIND = "reasoning-fields"
THOUGHTS: dict[str, Any] = {
    "reasoning": "think",
    "reasoning_content": "think",
    "reasoning_text": "think",
    "thinking": "think",
    "thought": "think",
    "cot_summary": "think",
    "thinking_blocks": [{"type": "thinking", "thinking": "think", "signature": "s"}],
    "reasoning_details": [{"type": "reasoning.text", "text": "think"}],
}
SHAPED: dict[str, Any] = {
    "reasoning-object": {"reasoning": {"content": "think"}},
    "reasoning-summary": {"reasoning": {"summary": [{"type": "summary_text", "text": "think"}]}},
    "reasoning-list": {"reasoning": [{"text": "thi"}, "nk"]},
    "thinking-object": {"thinking": {"type": "thinking", "thinking": "think"}},
    "twice": {"reasoning_text": "think", "cot_summary": "think", "thinking": "think"},
}
for name, fields in {**{n: {n: v} for n, v in THOUGHTS.items()}, **SHAPED}.items():
    told = {"text": "Hi", "reasoning": "think", "finish": ("stop",)}
    stream(
        KIND,
        name,
        chunk({"role": "assistant", "content": None, **fields}),
        say("H"),
        say("i"),
        chunk(finish="stop"),
        **told,
    )
    whole(KIND, name, message(content="Hi", **fields), **told)
first_thought = chunk({"role": "assistant", "content": None, "reasoning_text": "think"})
stream(
    KIND,
    "copilot",
    first_thought,
    say("Hi"),
    chunk(finish="stop"),
    providers=tuple(OTHERS),
    text="Hi",
    reasoning="think",
    finish=("stop",),
)
stream(
    KIND,
    "after-other-reasoning",
    chunk({"reasoning": "a"}),
    chunk({"reasoning": "b"}),
    chunk({"reasoning_text": "c"}),
    chunk({"thinking": "d"}),
    say("Hi"),
    chunk(finish="stop"),
    text="Hi",
    reasoning="abcd",
    finish=("stop",),
)
stream(
    KIND,
    "beside-text",
    say("H"),
    chunk({"content": "i", "reasoning_text": "late"}),
    chunk(finish="stop"),
    text="Hi",
    reasoning="late",
    finish=("stop",),
)


def echoes_opaque(response: CompletionResponse) -> None:
    """The opaque reasoning of the answer goes back in a later turn."""
    state = response.messages[-1].state
    assert state is not None
    assert {"reasoning_opaque": "op4que"} in state.items


opaque = {"reasoning_text": "think", "reasoning_opaque": "op4que"}
ECHO: dict[str, Any] = {
    "text": "Hi",
    "reasoning": "think",
    "finish": ("stop",),
    "check": echoes_opaque,
}
stream(KIND, "opaque", chunk(opaque), say("Hi"), chunk(finish="stop"), **ECHO)
whole(KIND, "opaque", message(content="Hi", **opaque), **ECHO)

KIND = "content-parts"
PARTS: dict[str, dict[str, Any]] = {
    "databricks": {"type": "reasoning", "summary": [{"type": "summary_text", "text": "think"}]},
    "reasoning-content": {
        "type": "reasoning",
        "content": [{"type": "reasoning_text", "text": "think"}],
    },
    "reasoning-reasoning": {"type": "reasoning", "reasoning": "think"},
    "reasoning-text": {"type": "reasoning", "text": "think"},
    "thinking": {"type": "thinking", "thinking": "think"},
    "thinking-list": {"type": "thinking", "thinking": [{"type": "text", "text": "think"}]},
    "summary": {"type": "summary_text", "text": "think"},
    "thought": {"text": "think", "thought": True},
    "untyped-thinking": {"thinking": "think"},
}
for name, part in PARTS.items():
    text_part = {"type": "text", "text": "Hi"}
    told = {"text": "Hi", "reasoning": "think", "finish": ("stop",)}
    stream(
        KIND,
        name,
        chunk({"content": [part]}),
        chunk({"content": [text_part]}),
        chunk(finish="stop"),
        providers=EVERYWHERE if name == "databricks" else ("compatible",),
        **told,
    )
    whole(KIND, name, message(content=[part, text_part]), **told)
stream(
    KIND, "untyped-text", chunk({"content": [{"text": "Hel"}, "lo"]}), chunk(finish="stop"), **GOOD
)
whole(KIND, "unknown-with-text", message(content=[{"type": "markdown", "text": "Hello"}]), **GOOD)


def refuses(response: CompletionResponse) -> None:
    """The answer is a refusal."""
    assert response.refusal == "No."


no = {"type": "refusal", "refusal": "No."}
for part in (no, {"refusal": "No."}):
    label = f"refusal-{len(part)}"
    stream(
        KIND,
        label,
        chunk({"content": [part]}),
        chunk(finish="stop"),
        finish=("refusal",),
        check=refuses,
    )
    whole(KIND, label, message(content=[part]), finish=("refusal",), check=refuses)
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
kept = holds(content_parts=[PICTURE])
stream(
    KIND,
    "unknown",
    chunk({"content": [PICTURE, "Hello"]}),
    chunk(finish="stop"),
    check=kept,
    **GOOD,
)
whole(KIND, "unknown", message(content=["Hello", PICTURE]), check=kept, **GOOD)

KIND = "audio"
SPOKEN = ("compatible", "openai", "openrouter")
SOUND = {"id": "audio_1", "expires_at": 17, "data": "AAAABBBB", "transcript": "Hello"}
heard = holds(audio=SOUND)
STREAMED = (
    chunk({"role": "assistant", "content": None, "audio": {"id": "audio_1"}}),
    chunk({"audio": {"transcript": "Hel"}}),
    chunk({"audio": {"transcript": "lo", "data": "AAAA"}}),
    chunk({"audio": {"data": "BBBB"}}),
    chunk({"audio": {"expires_at": 17}}),
    chunk(finish="stop"),
)
stream(KIND, "spoken", *STREAMED, providers=SPOKEN, check=heard, **GOOD)
stream(KIND, "spoken-without-done", *STREAMED, done=False, check=heard, **GOOD)
whole(KIND, "spoken", message(content=None, audio=SOUND), providers=SPOKEN, check=heard, **GOOD)
whole(KIND, "beside-content", message(content="Hello", audio=SOUND), check=heard, **GOOD)
stream(
    KIND,
    "beside-content",
    *(
        chunk({"content": t, "audio": {"transcript": t, "data": d}})
        for t, d in (("Hel", "AAAA"), ("lo", "BBBB"))
    ),
    chunk(finish="stop"),
    check=holds(audio={"transcript": "Hello", "data": "AAAABBBB"}),
    **GOOD,
)
stream(
    KIND,
    "content-after-it",
    *STREAMED[:5],
    say("Hel"),
    say("lo"),
    chunk(finish="stop"),
    check=heard,
    **GOOD,
)
stream(
    KIND,
    "other-content-after-it",
    *STREAMED[:5],
    say("!"),
    chunk(finish="stop"),
    text="Hello!",
    finish=("stop",),
    check=heard,
)
stream(
    KIND,
    "padded",
    chunk({"audio": {"transcript": "Hello", "data": "AA=="}}),
    chunk({"audio": {"data": "AAAA", "format": "wav"}}),
    chunk(finish="stop"),
    check=holds(audio={"transcript": "Hello", "data": "AAAAAA==", "format": "wav"}),
    **GOOD,
)
stream(
    KIND,
    "sound-alone",
    say("Hello"),
    chunk({"audio": {"data": "AAAA"}}),
    chunk(finish="stop"),
    check=holds(audio={"data": "AAAA"}),
    **GOOD,
)
whole(
    KIND,
    "stub",
    message(content="Hello", audio={"id": "", "data": "", "transcript": ""}),
    check=lacks("audio"),
    **GOOD,
)
IMAGES = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}]
stream(
    KIND,
    "images",
    say("Hello"),
    chunk({"images": IMAGES}),
    chunk(finish="stop"),
    providers=EVERYWHERE,
    check=holds(images=IMAGES),
    **GOOD,
)

KIND = "search-results"
FOUND = [{"title": "T", "url": "u1"}, {"title": "S", "url": "u2"}]
BESIDE: dict[str, Any] = {
    "search_results": FOUND,
    "images": [{"image_url": "i"}],
    "related_questions": ["q"],
    "videos": [{"url": "v"}],
    "reasoning_steps": [{"thought": "t"}],
}
sourced = holds(citations=["u1"], **BESIDE)
PERPLEXITY = [
    {**event, "citations": ["u1"], **BESIDE}
    for event in (say("Hel"), say("lo"), chunk(finish="stop"))
]
stream(KIND, "all", *PERPLEXITY, providers=EVERYWHERE, check=sourced, **GOOD)
whole(
    KIND,
    "all",
    message(content="Hello"),
    beside={"citations": ["u1"], **BESIDE},
    providers=EVERYWHERE,
    check=sourced,
    **GOOD,
)
for name, value in BESIDE.items():
    # To look for a list in every event of text costs time; servers send the others with the first
    # event or the last one, which are read with care.
    beside = {name: value}
    last = name != "search_results"
    stream(
        KIND,
        f"{name}-beside-text",
        say("H"),
        say("el"),
        {**say("lo"), **({} if last else beside)},
        {**chunk(finish="stop"), **(beside if last else {})},
        check=holds(**{name: value}),
        **GOOD,
    )
alone_cited = holds(citations=FOUND, search_results=FOUND)
stream(
    KIND,
    "alone",
    say("Hello"),
    {**say(""), "search_results": FOUND[:1]},
    {**chunk(finish="stop"), "search_results": FOUND},
    check=alone_cited,
    **GOOD,
)
stream(
    KIND,
    "after-the-reason",
    say("Hello"),
    chunk(finish="stop"),
    {"choices": [], "search_results": FOUND},
    check=alone_cited,
    **GOOD,
)
whole(
    KIND,
    "alone",
    message(content="Hello"),
    beside={"search_results": FOUND},
    check=alone_cited,
    **GOOD,
)
stream(
    KIND,
    "beside-reasoning",
    *[chunk({"reasoning": "a"})] * 2,
    {**chunk({"reasoning": "b"}), "search_results": FOUND},
    say("Hello"),
    chunk(finish="stop"),
    reasoning="aab",
    check=holds(search_results=FOUND),
    **GOOD,
)
