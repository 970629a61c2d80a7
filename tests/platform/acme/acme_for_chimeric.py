"""Acme: numbered frames of JSON, one a line, each with a checksum; requests are signed."""

import hmac
from zlib import crc32

import msgspec

import chimeric
from chimeric import Delta, ErrorInfo, HTTPRequest, Provider, ToolCallDelta, Usage, hookimpl

REASONS = {"done": "stop", "full": "length", "tools": "tool_calls"}


class Frame(msgspec.Struct):
    n: int
    kind: str
    data: msgspec.Raw
    sum: int


class Reader:
    """Reads one answer: the frames must come in order and whole."""

    def __init__(self, request):
        self.next = 0

    def read(self, line):
        frame = msgspec.json.decode(line, type=Frame)
        if frame.sum != crc32(b"%d:%s:%s" % (frame.n, frame.kind.encode(), bytes(frame.data))):
            raise chimeric.ProtocolError(f"frame {frame.n} is damaged")
        if frame.n != self.next:
            raise chimeric.ProtocolError(f"frame {frame.n} came instead of frame {self.next}")
        self.next += 1
        data = msgspec.json.decode(frame.data)
        match frame.kind:
            case "text":
                return data
            case "call":
                call = ToolCallDelta(
                    id=data["id"],
                    name=data["name"],
                    complete=True,
                    arguments=msgspec.json.encode(data["with"]).decode(),
                )
                return Delta(tool_calls=(call,))
            case "end":
                return Delta(
                    done=True,
                    finish_reason=REASONS.get(data["why"], "other"),
                    finish_reason_native=data["why"],
                    usage=Usage.of(*data["tokens"]),
                )
            case "fail":
                return Delta(error=ErrorInfo(message=data["say"], status=data["code"]))


@hookimpl
def chimeric_provider():
    return Provider(
        name="acme",
        base_url="https://acme.test/v1",
        key_env=("ACME_SECRET",),
        models=("acme-*",),
        framing="ndjson",
        state=Reader,
    )


@hookimpl
def chimeric_build_request(request, provider):
    told = [{"who": m.role, "says": m.text, "of": m.tool_call_id} for m in request.messages]
    tools = [{"name": t.name, "takes": t.parameters} for t in request.tools]
    body = {"model": request.model, "told": told, "tools": tools, "stream": request.stream}
    return HTTPRequest(
        url=f"{provider.base_url}/talk", body={**body, **request.extra, **request.extra_body}
    )


@hookimpl
def chimeric_sign_request(body, secret):
    return {"x-acme-signature": hmac.new(secret.reveal().encode(), body, "sha256").hexdigest()}


@hookimpl
def chimeric_parse_event(event, state):
    return state.read(event.data)


@hookimpl
def chimeric_parse_response(response):
    data = msgspec.json.decode(response.body, type=dict)
    return Delta(
        text=data["text"],
        finish_reason=REASONS[data["why"]],
        done=True,
        usage=Usage.of(*data["tokens"]),
    )
