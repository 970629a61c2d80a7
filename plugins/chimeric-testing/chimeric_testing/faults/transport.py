"""Faults of the connection: cuts, resets, silence, lengths that do not hold."""

from __future__ import annotations

from collections.abc import Iterable

from chimeric_testing.script import Script
from chimeric_testing.server import Close, Pause, Reset, SeenRequest, Step, chunked

from .fault import closing, cut_off, fault, head, serve_well, streamed

__all__: list[str] = []

LONG = 20.0
"""Seconds of silence: longer than any limit of a test, and ended when the client goes."""


def _half(answer: Script) -> bytes:
    """The answer up to the middle of the event at the cut."""
    frame = answer.frames()[answer.cut]
    return answer.before() + frame[: len(frame) // 2]


@fault(
    "truncated-chunk",
    "A chunk that promises 4096 bytes and holds half an event, then FIN.",
    outcome="incomplete",
    kept="cut",
)
def truncated_chunk(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield from cut_off(answer, b"")
    yield b"1000\r\n" + _half(answer)
    yield Close()


@fault("length-too-long", "A length longer than the body.", outcome="incomplete", kept="cut")
def length_too_long(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    data = answer.before()
    yield head(answer.content_type, f"content-length: {len(data) + 4096}")
    yield data
    yield Close()


@fault("length-right", "A stream with a length.")
def length_right(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    body = answer.body()
    yield head(answer.content_type, f"content-length: {len(body)}")
    yield body


@fault("close-delimited-cut", "No length, and FIN in mid event.", outcome="incomplete", kept="cut")
def close_delimited_cut(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return closing(answer, _half(answer))


@fault("close-delimited-ok", "No length; the end of the connection ends it.")
def close_delimited_ok(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return closing(answer, answer.body())


@fault("http-1.0", "An answer of HTTP/1.0.")
def http_1_0(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield head(answer.content_type).replace(b"HTTP/1.1", b"HTTP/1.0")
    yield answer.body()
    yield Close()


@fault(
    "reset-before-headers",
    "RST instead of an answer, every time.",
    outcome="connection",
    kept="none",
    requests=3,
)
def reset_before_headers(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield Reset()


@fault("reset-then-ok", "RST instead of an answer once.", requests=2)
def reset_then_ok(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return serve_well(answer) if number else [Reset()]


@fault("close-then-ok", "FIN instead of an answer once.", requests=2)
def close_then_ok(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return serve_well(answer) if number else [Close()]


@fault(
    "reset-after-headers",
    "RST after the headers.",
    outcome="incomplete",
    kept="none",
    requests=3,
)
def reset_after_headers(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return cut_off(answer, b"", Pause(0.05), Reset())


@fault("reset-between-events", "RST between two events.", outcome="incomplete", kept="cut")
def reset_between_events(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return cut_off(answer, answer.before(), Pause(0.1), Reset())


@fault("reset-mid-event", "RST in the middle of an event.", outcome="incomplete", kept="cut")
def reset_mid_event(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return cut_off(answer, _half(answer), Pause(0.1), Reset())


@fault("eof-mid-event", "A clean end in the middle of an event.", outcome="incomplete", kept="cut")
def eof_mid_event(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [_half(answer)])


@fault("eof-mid-utf8", "A clean end inside of a character.", outcome="incomplete", kept="cut")
def eof_mid_utf8(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [_half(answer) + "é".encode()[:1]])


@fault(
    "clean-eof-no-finish",
    "A clean end between two events, with no terminal signal.",
    outcome="incomplete",
    kept="cut",
)
def clean_eof(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [answer.before()])


@fault(
    "idle-before-headers",
    "Nothing, after the request.",
    outcome="timeout",
    kept="none",
    timeout=1.0,
)
def idle_before_headers(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield Pause(LONG)


@fault(
    "idle-before-first-byte",
    "Headers, then nothing.",
    outcome="timeout",
    kept="none",
    timeout=1.0,
)
def idle_before_byte(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return cut_off(answer, b"", Pause(LONG))


@fault("idle-mid-stream", "Some text, then nothing.", outcome="timeout", kept="cut", timeout=1.0)
def idle_mid_stream(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return cut_off(answer, answer.before(), Pause(LONG))


@fault("idle-mid-event", "Half an event, then nothing.", outcome="timeout", kept="cut", timeout=1.0)
def idle_mid_event(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return cut_off(answer, _half(answer), Pause(LONG))


@fault("slow-drip", "Ten bytes at a time, about 5 s in all.", timeout=2.0)
def slow_drip(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    body = answer.body()
    pieces = [body[i : i + 10] for i in range(0, len(body), 10)]
    yield head(answer.content_type, "transfer-encoding: chunked")
    for piece in pieces:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
        yield Pause(5 / len(pieces))
    yield b"0\r\n\r\n"


@fault(
    "keepalive-comments-only",
    "Comments every 0.1 s and no event, for 6 s.",
    outcome="timeout",
    kept="cut",
    framings=("sse",),
    timeout=1.0,
)
def comments_only(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield from cut_off(answer, answer.before())
    for _ in range(60):
        yield b"e\r\n: keep-alive\n\n\r\n"
        yield Pause(0.1)
    yield b"0\r\n\r\n"


@fault("bad-status-line", "Bytes that are no HTTP.", outcome="connection", kept="none", requests=3)
def bad_status_line(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield b"\x00\x01\x02 SSH-2.0-OpenSSH\r\n\r\n"
    yield Close()


@fault("bad-chunk-size", "A chunk size that is no number.", outcome="incomplete", kept="cut")
def bad_chunk_size(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return cut_off(answer, answer.before(), b"zz\r\nwhatever\r\n", Close())


@fault("trailers", "Trailers after the last chunk.")
def trailers(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield head(answer.content_type, "transfer-encoding: chunked", "trailer: x-checksum")
    *pieces, _ = chunked(answer.frames())
    yield from pieces
    yield b"0\r\nx-checksum: 1\r\n\r\n"


@fault(
    "keepalive-closed-idle",
    "The connection is closed 50 ms after a good answer; a second call follows.",
    calls=2,
    requests=2,
)
def closed_idle(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield from serve_well(answer)
    yield Pause(0.05)
    yield Close()
