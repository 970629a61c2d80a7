"""Faults between bytes and events: cuts, line ends, comments, sizes."""

from __future__ import annotations

from collections.abc import Iterable

from chimeric_testing.script import Script
from chimeric_testing.server import SeenRequest, Step, chunked

from .fault import fault, head, serve_well, streamed

__all__: list[str] = []

SSE = ("sse",)
MIB = 1024 * 1024
BOM = b"\xef\xbb\xbf"


@fault("ok", "A good answer, one event a chunk.")
def ok(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return serve_well(answer)


@fault("one-chunk", "The whole answer in one chunk.")
def one_chunk(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [answer.body()])


@fault("every-byte", "Every byte is a chunk of its own.")
def every_byte(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    body = answer.body()
    return streamed(answer, [body[i : i + 1] for i in range(len(body))])


@fault("crlf", "Lines end at CR LF.")
def crlf(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [f.replace(b"\n", b"\r\n") for f in answer.frames()])


@fault("cr", "Lines end at CR.", framings=SSE)
def cr(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [f.replace(b"\n", b"\r") for f in answer.frames()])


@fault("mixed-eol", "Lines end at LF, CR LF and CR by turns.", framings=SSE)
def mixed_eol(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    ends = (b"\n", b"\r\n", b"\r")
    return streamed(answer, [f.replace(b"\n", ends[i % 3]) for i, f in enumerate(answer.frames())])


@fault("bom", "A byte order mark stands before the first event.")
def bom(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [BOM + answer.body()])


@fault("comments", "Comment lines stand before, between and inside the events.", framings=SSE)
def comments(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(
        answer, [b": before\n\n:\n" + f[:-1] + b": inside\n\n: after\n\n" for f in answer.frames()]
    )


@fault("multi-data", "Each payload is spread over several data lines.", framings=SSE)
def multi_data(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [f.replace(b'{"', b'{\ndata: "') for f in answer.frames()])


@fault("no-space", "No space follows the colon.", framings=SSE)
def no_space(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    bare = [
        f.replace(b"data: ", b"data:", 1).replace(b"event: ", b"event:", 1) for f in answer.frames()
    ]
    return streamed(answer, bare)


@fault("no-final-blank", "The blank line after the last event is missing.", framings=SSE)
def no_final_blank(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [answer.body()[:-1]])


@fault("no-final-newline", "The last event has no line end at all.")
def no_final_newline(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [answer.body().rstrip(b"\n")])


@fault("extra-blank-lines", "Blank lines stand before, between and after the events.")
def extra_blank_lines(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [b"\n\n\n" + f + b"\n" for f in answer.frames()])


@fault("id-retry-fields", "Fields id and retry, good and bad ones, in each event.", framings=SSE)
def id_retry_fields(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [b"id: 7\nretry: 10\nretry: soon\nid\n" + f for f in answer.frames()])


@fault("empty-data", "Empty data lines as a heartbeat.", framings=SSE)
def empty_data(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [b"data:\n\ndata\n\n" + f for f in answer.frames()])


@fault("event-name", "An unknown field and an explicit event name 'message'.", framings=SSE)
def event_name(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    named = [
        (b"future: 1\n" if f.startswith(b"event") else b"future: 1\nevent: message\n") + f
        for f in answer.frames()
    ]
    return streamed(answer, named)


@fault("nul-in-comment", "NUL bytes in a comment and in an id.", framings=SSE)
def nul_in_comment(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [b": \0\n\nid: a\0b\n" + f for f in answer.frames()])


@fault("invalid-utf8-comment", "Invalid UTF-8 in a comment.", framings=SSE)
def invalid_utf8_comment(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [b": \xff\xfe\n\n" + f for f in answer.frames()])


@fault("padding", "64 KiB of comments and blank lines between the events.", framings=SSE)
def padded(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [b": " + b"x" * 65536 + b"\n\n\n\n" + f for f in answer.frames()])


@fault(
    "endless-line",
    "A line of 64 MiB that never ends, after some text.",
    outcome="protocol",
    kept="cut",
    limit="event_size",
    memory=48,
)
def endless_line(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    start = b'data: {"x": "' if answer.framing == "sse" else b'{"x": "'
    yield head(answer.content_type, "transfer-encoding: chunked")
    yield from chunked([answer.before(), start, *[b"x" * MIB] * 64])


@fault(
    "endless-data-lines",
    "An event of 64 MiB of data lines and no blank line, after some text.",
    outcome="protocol",
    kept="cut",
    limit="event_size",
    framings=SSE,
    memory=48,
)
def endless_data_lines(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    lines = (b"data: " + b"x" * 1000 + b"\n") * 1000
    yield head(answer.content_type, "transfer-encoding: chunked")
    yield from chunked([answer.before(), *[lines] * 64])
