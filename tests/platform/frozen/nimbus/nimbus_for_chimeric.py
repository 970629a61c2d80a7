"""Nimbus: frames that begin with their length in four digits; requests are signed."""

import hmac

import msgspec
from chimeric.deltas import ErrorKind  # was not public
from chimeric.framing import EVENT_LIMIT

from chimeric import (
    Delta,
    ErrorInfo,
    Event,
    HTTPRequest,
    Model,
    ModelPage,
    ProtocolError,
    Provider,
    ToolCallDelta,
    Usage,
    hookimpl,
)

REASONS = {"done": "stop", "full": "length", "tools": "tool_calls"}
KINDS: dict[str, ErrorKind] = {"slow": "rate_limit", "who": "auth"}


class LengthFramer:
    """Four digits, then so many bytes."""

    def __init__(self, limit=EVENT_LIMIT):
        self.limit = limit
        self.rest = b""

    def feed(self, data):
        self.rest += data
        events = []
        while len(self.rest) >= 4:
            size = int(self.rest[:4])
            if size > self.limit:
                raise ProtocolError("a frame is too big", raw=self.rest[:100], limit="event_size")
            if len(self.rest) < 4 + size:
                break
            events.append(Event(self.rest[4 : 4 + size]))
            self.rest = self.rest[4 + size :]
        return events

    def end(self):
        return []


class Frame(msgspec.Struct):
    say: str | None = None
    think: str | None = None
    call: dict | None = None
    end: str | None = None
    tokens: tuple[int, int] | None = None
    fail: str | None = None
    cite: dict | None = None
    searched: dict | None = None


def read(frame):
    if frame.fail:
        return Delta(
            error=ErrorInfo(
                message="Nimbus failed", type=frame.fail, kind=KINDS.get(frame.fail, "server")
            )
        )
    calls = ()
    if frame.call:
        call = ToolCallDelta(
            index=frame.call.get("place"),
            id=frame.call.get("id"),
            name=frame.call.get("name"),
            arguments=frame.call.get("with", ""),
            complete=frame.call.get("whole", False),
        )
        calls = (call,)
    return Delta(
        text=frame.say,
        reasoning=frame.think,
        tool_calls=calls,
        citations=(frame.cite,) if frame.cite else (),
        server_tools=(frame.searched,) if frame.searched else (),
        finish_reason=REASONS.get(frame.end, "other") if frame.end else None,
        finish_reason_native=frame.end,
        usage=Usage.of(*frame.tokens) if frame.tokens else None,
        metadata={"cloud": "cumulus"} if frame.end else None,
        done=frame.end is not None,
    )


@hookimpl
def chimeric_provider():
    return Provider(
        name="nimbus",
        base_url="https://nimbus.test/v1",
        key_env=("NIMBUS_SECRET",),
        models=("nimbus-*",),
        framing="nimbus-frames",
        api_version=1,
        state=lambda request: {"frames": 0},
    )


@hookimpl
def chimeric_framings():
    return {"nimbus-frames": LengthFramer}


@hookimpl
def chimeric_build_request(request, provider):
    told = [[m.role, m.text] for m in request.messages]
    tools = [t.name for t in request.tools]
    body = {"model": request.model, "told": told, "tools": tools, "stream": request.stream}
    return HTTPRequest(
        url=f"{provider.base_url}/rain",
        body={**body, **request.extra, **request.extra_body},
        dropped=("stop is not known to Nimbus",) if request.stop else (),
    )


@hookimpl
def chimeric_sign_request(http, body, secret):
    return {"x-nimbus": hmac.new(secret.reveal().encode(), body, "sha256").hexdigest()}


@hookimpl
def chimeric_parse_event(event, state):
    state["frames"] += 1
    delta = read(msgspec.json.decode(event.data, type=Frame))
    plain = delta.text and delta == Delta(text=delta.text)
    return delta.text if plain else delta


@hookimpl
def chimeric_parse_response(response):
    return read(msgspec.json.decode(response.body, type=Frame))


@hookimpl
def chimeric_parse_error(response):
    body = response.json()
    return ErrorInfo(message=body["why"], type=body.get("kind"), retry_after=body.get("wait"))


@hookimpl
def chimeric_native_event(event, state):
    return msgspec.json.decode(event.data, type=Frame)


@hookimpl
def chimeric_list_models(provider, cursor):
    return HTTPRequest(method="GET", url=f"{provider.base_url}/clouds?after={cursor or ''}")


@hookimpl
def chimeric_parse_models(response, provider):
    data = response.json()
    models = tuple(Model(id=name, provider=provider.name) for name in data["clouds"])
    return ModelPage(models, data.get("next"))
