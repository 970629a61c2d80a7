"""Faults of HTTP: statuses, headers, bodies that are no stream, redirects, compression."""

from __future__ import annotations

import email.utils
import time
import zlib
from collections.abc import Iterable, Iterator

from chimeric_testing.script import Script
from chimeric_testing.server import SeenRequest, Step, chunked

from .fault import Serve, fault, head, plain_answer, serve_well, streamed

__all__: list[str] = []

ERROR = b'{"error": {"message": "told by the server", "type": "some_error"}}'
HTML = b"<!doctype html><html><body><h1>Bad gateway</h1></body></html>"
JSON = "application/json"
MIB = 1024 * 1024

ALWAYS = (
    ("400 Bad Request", "bad_request", 1),
    ("401 Unauthorized", "auth", 1),
    ("403 Forbidden", "permission", 1),
    ("404 Not Found", "not_found", 1),
    ("413 Content Too Large", "bad_request", 1),
    ("422 Unprocessable Content", "bad_request", 1),
    ("429 Too Many Requests", "rate_limit", 3),
    ("500 Internal Server Error", "server", 3),
    ("503 Service Unavailable", "server", 3),
    ("529 Overloaded", "server", 3),
)
ONCE = (
    "408 Request Timeout",
    "409 Conflict",
    "429 Too Many Requests",
    "500 Internal Server Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Gateway Timeout",
    "529 Overloaded",
)


def _refusing(status: str, times: int, *lines: str, body: bytes = ERROR) -> Serve:
    """Answers with an error status so many times, then well."""

    def serve(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
        if number < times:
            return plain_answer(status, body, JSON, *lines)
        return serve_well(answer)

    return serve


def _add_statuses() -> None:
    for status, outcome, requests in ALWAYS:
        code = status[:3]
        name = f"http-{code}" if requests == 1 else f"{code}-always"
        sentence = f"Status {code}, every time."
        fields = {"outcome": outcome, "kept": "none", "requests": requests}
        fault(name, sentence, **fields)(_refusing(status, 99))
    for status in ONCE:
        code = status[:3]
        fault(f"{code}-then-ok", f"Status {code} once, then well.", requests=2)(
            _refusing(status, 1)
        )


_add_statuses()
TOO_MANY = "429 Too Many Requests"
fault("429-twice-then-ok", "Status 429 twice, then well.", requests=3)(_refusing(TOO_MANY, 2))
fault("429-retry-after-s", "Retry-After: 1.", requests=2, least_wait=0.95)(
    _refusing(TOO_MANY, 1, "retry-after: 1")
)
fault("429-retry-after-ms", "retry-after-ms: 300.", requests=2, least_wait=0.29)(
    _refusing(TOO_MANY, 1, "retry-after-ms: 300")
)
fault(
    "429-retry-after-huge",
    "Retry-After: a day. It is not waited for.",
    outcome="rate_limit",
    kept="none",
)(_refusing(TOO_MANY, 99, "retry-after: 86400"))
for _name, _value in (
    ("word", "later"),
    ("negative", "-5"),
    ("date", "Thu, 99 Foo 2026 99:99:99 GMT"),
    ("nan", "nan"),
    ("infinite", "inf"),
    ("year", "Fri, 31 Dec 99999 23:59:59 GMT"),
):
    fault(
        f"429-retry-after-bad-{_name}", f"Retry-After: {_value!r}, which is ignored.", requests=2
    )(_refusing(TOO_MANY, 1, f"retry-after: {_value}"))


@fault("429-retry-after-date", "Retry-After as a date.", requests=2, least_wait=1.0)
def retry_after_date(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    # A date has whole seconds: two seconds ahead are between one and two.
    date = email.utils.formatdate(int(time.time()) + 2.999, usegmt=True)
    return _refusing(TOO_MANY, 1, f"retry-after: {date}")(answer, number, request)


@fault("502-html", "Status 502 with a proxy's page.", outcome="server", kept="none", requests=3)
def html_502(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return plain_answer("502 Bad Gateway", HTML, "text/html")


@fault("200-html", "Status 200 with a page.", outcome="protocol", kept="none")
def html_200(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return plain_answer("200 OK", HTML, "text/html")


@fault(
    "200-json-error", "Status 200 with an error object.", outcome="server", kept="none", requests=3
)
def json_error_200(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return plain_answer("200 OK", ERROR, JSON)


@fault("200-empty", "Status 200 and no body.", outcome="incomplete", kept="none", requests=3)
def empty_200(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return plain_answer("200 OK", b"", answer.content_type)


@fault("204", "Status 204.", outcome="incomplete", kept="none", requests=3)
def no_content(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield head(None, status="204 No Content")


@fault("wrong-ctype-stream", "A good stream labelled text/plain.")
def wrong_content_type(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield head("text/plain; charset=latin-1", "transfer-encoding: chunked")
    yield from chunked(answer.frames())


@fault("no-ctype-stream", "A good stream with no content type.")
def no_content_type(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield head(None, "transfer-encoding: chunked")
    yield from chunked(answer.frames())


@fault("redirect-307", "A redirect within the origin.", outcome="protocol", kept="none")
def redirect(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return plain_answer("307 Temporary Redirect", b"", JSON, "location: /elsewhere")


@fault("redirect-cross-origin", "A redirect to another origin.", outcome="protocol", kept="none")
def redirect_away(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    # The same server under another name: whoever follows is seen as a second request.
    port = request.headers["host"].rpartition(":")[2]
    where = f"location: http://localhost:{port}/v1/elsewhere"
    return plain_answer("307 Temporary Redirect", b"", JSON, where)


@fault("redirect-loop", "A redirect to itself.", outcome="protocol", kept="none")
def redirect_loop(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return plain_answer("308 Permanent Redirect", b"", JSON, f"location: {request.path}")


@fault("secret-echo-401", "Status 401; the error repeats the key.", outcome="auth", kept="none")
def secret_echo(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    names = ("authorization", "x-api-key", "x-goog-api-key", "api-key")
    key = next((request.headers[n] for n in names if n in request.headers), "none")
    body = b'{"error": {"message": "Incorrect API key provided: %s"}}' % key.encode()
    return plain_answer("401 Unauthorized", body, JSON)


@fault("interim-answers", "Answers 100 and 103 before the real one.")
def interim(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
    yield from serve_well(answer)


@fault("huge-headers", "Headers of 1 MiB.", outcome="protocol", kept="none", limit="headers")
def huge_headers(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield b"HTTP/1.1 200 OK\r\n"
    for place in range(1024):
        yield b"x-filler-%d: %s\r\n" % (place, b"x" * 1024)
    yield head(answer.content_type, "transfer-encoding: chunked").partition(b"\r\n")[2]
    yield from chunked(answer.frames())


@fault(
    "error-body-endless",
    "Status 500 and a page of 64 MiB.",
    outcome="server",
    kept="none",
    requests=3,
    memory=16,
)
def endless_error(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    yield head("text/html", "transfer-encoding: chunked", status="500 Internal Server Error")
    yield from chunked([b"x" * MIB] * 64)


# --- compression ---


def _gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    deflate = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for piece in pieces:
        yield deflate.compress(piece) + deflate.flush(zlib.Z_SYNC_FLUSH)
    yield deflate.flush()


GZIP = "content-encoding: gzip"


@fault("gzip", "Compressed, flushed after each event.")
def gzip(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, _gzipped(answer.frames()), GZIP)


@fault("gzip-one-byte", "Compressed, one byte a chunk.")
def gzip_one_byte(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    body = b"".join(_gzipped(answer.frames()))
    return streamed(answer, [body[i : i + 1] for i in range(len(body))], GZIP)


@fault("gzip-two-members", "Two compressed members, one after the other.")
def gzip_two_members(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    members = [*_gzipped([answer.before()]), *_gzipped([answer.after()])]
    return streamed(answer, members, GZIP)


@fault("deflate", "Compressed with deflate.")
def deflate(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [zlib.compress(answer.body())], "content-encoding: deflate")


@fault("deflate-bare", "Compressed with deflate, without the zlib wrapper.")
def deflate_bare(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    bare = zlib.compress(answer.body())[2:-4]
    return streamed(answer, [bare], "content-encoding: deflate")


@fault("encoding-unknown", "A compression that was not asked for.", outcome="protocol", kept="none")
def encoding_unknown(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, answer.frames(), "content-encoding: br")


@fault("gzip-corrupt", "Compressed; garbage after some text.", outcome="protocol", kept="cut")
def gzip_corrupt(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    good = next(iter(_gzipped([answer.before()])))
    return streamed(answer, [good, b"\xff" * 512], GZIP)


@fault("gzip-cut", "Compressed; the body ends early.", outcome="incomplete", kept="cut")
def gzip_cut(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    return streamed(answer, [next(iter(_gzipped([answer.before()])))], GZIP)


@fault(
    "gzip-bomb",
    "256 KiB of gzip that become one line of 256 MiB.",
    outcome="protocol",
    kept="cut",
    limit="event_size",
    memory=64,
)
def gzip_bomb(answer: Script, number: int, request: SeenRequest) -> Iterable[Step]:
    start = b'data: {"x": "' if answer.framing == "sse" else b'{"x": "'
    pieces = [answer.before(), start, *[b"x" * MIB] * 256]
    yield head(answer.content_type, "transfer-encoding: chunked", GZIP)
    yield from chunked(_gzipped(pieces))
