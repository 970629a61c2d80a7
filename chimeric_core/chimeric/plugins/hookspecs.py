"""The plugin contract: every hook, when it runs, what it gets and what it may return.

All hooks are synchronous functions on values, so one implementation serves sync and async
clients. None does I/O by itself: ``prepare_request``, ``answer``, ``attempt``, ``credentials``,
``call_tool``, ``recover``, ``finish_turn`` and a processor's ``process`` and ``flush`` may be
generators that ask for it (``yield from wait(...)``, ``fetch``, ``run``). What the call returned
decides. An implementation names only the arguments that it wants.

A *provider* implements the first group for itself; the core calls exactly that plugin.
*Middleware* implements any of the second group; the core calls every plugin in pluggy's order
(last registered first, ``tryfirst`` before, ``trylast`` after).

pluggy validates and orders the hooks. The hooks that run for each event or chunk are compiled
into direct calls when a stream starts.
"""

# A specification has no body: what it returns is what implementations return.
# mypy: disable-error-code="empty-body"
# pyright: reportReturnType=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .markers import hookspec

if TYPE_CHECKING:
    from chimeric.errors import ChimericError
    from chimeric.values.chunks import StreamChunk, ToolExecutionResult
    from chimeric.values.context import Context
    from chimeric.values.deltas import Delta, ErrorInfo, Event
    from chimeric.values.hooks.credentials import Credentials
    from chimeric.values.hooks.finished_turn import FinishedTurn
    from chimeric.values.messages import MessageInput, ToolCall
    from chimeric.values.requests import HTTPRequest, HTTPResponse, Request
    from chimeric.values.responses import CompletionResponse
    from chimeric.values.secrets import Secret
    from chimeric.values.tools import Tool
    from chimeric.values.transport import AsyncTransport, Framer, Transport
    from chimeric.values.wants import Asking

    from .middleware_chain import StreamProcessor
    from .provider import ModelPage, Provider, ProviderConfig

# --- a provider ---------------------------------------------------------------------------------


@hookspec
def chimeric_provider() -> Provider:
    """Declare a provider. Called once, when the plugin is loaded.

    The module that holds it should import no wire code: it is loaded to answer "which provider
    serves this model?".

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_provider():
                return Provider(name="acme", base_url="https://api.acme.test/v1",
                                key_env=("ACME_API_KEY",), models=("acme-*",))
    """


@hookspec
def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
    """Translate a unified request. Called once for each attempt of each turn.

    Report what cannot be translated in ``HTTPRequest.dropped``. Raise ``ModelNotSupportedError``
    for what makes no sense at all. Add no credentials: the core adds the declared header.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_build_request(request, provider):
                return HTTPRequest(url=f"{provider.base_url}/chat",
                                   body={"model": request.model, "stream": request.stream,
                                         "text": request.messages[-1].text})
    """


@hookspec
def chimeric_sign_request(
    http: HTTPRequest,
    body: bytes,
    secret: Secret | None,
    provider: ProviderConfig,
    fields: Mapping[str, str],
) -> Mapping[str, str]:
    """Return the headers that authenticate these exact bytes. Optional; once for each attempt.

    Without it the core sends the declared ``auth_header`` with the key. ``http`` carries all
    headers that will be sent, except those that the transport adds. ``fields`` are those of the
    ``Credentials`` that a plugin brought (a session token, a key's id), else empty.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_sign_request(body, secret):
                signed = hmac.new(secret.reveal().encode(), body, "sha256")
                return {"x-acme-signature": signed.hexdigest()}
    """


@hookspec
def chimeric_parse_event(event: Event, state: Any) -> Delta | str | Sequence[Delta] | None:
    """Say what one framed wire event adds to the answer. Called for every event.

    ``state`` is what the declared ``Provider.state`` made for this response. Return None for
    nothing, a ``str`` for text alone, else a ``Delta`` or several. ``msgspec.DecodeError`` and
    ``UnicodeError`` may pass: the core turns them into a ``ProtocolError`` that holds the bytes.
    Anything else that is raised is a mistake of the plugin: a ``PluginError`` that names it.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_parse_event(event, state):
                frame = decode(event.data)
                return Delta(done=True, finish_reason="stop") if frame.end else frame.text
    """


@hookspec
def chimeric_parse_response(
    response: HTTPResponse, state: Any
) -> Delta | str | Sequence[Delta] | None:
    """Say what a whole, non-streaming answer holds. Called once for each successful answer.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_parse_response(response):
                reply = decode_reply(response.body)
                return Delta(text=reply.text, finish_reason="stop", id=reply.id, done=True)
    """


@hookspec
def chimeric_parse_error(response: HTTPResponse, provider: ProviderConfig) -> ErrorInfo | None:
    """Read an error answer (status 400 and above). Optional; None for the core's own reading.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_parse_error(response):
                return ErrorInfo(message=response.json()["problem"])
    """


@hookspec
def chimeric_native_event(event: Event, state: Any) -> Any:
    """Decode an event into the provider's own struct. Optional; only when a caller asks for it.

    Without it ``chunk.native`` is plain data, of JSON payloads: a provider of anything else
    implements it. With ``state`` None, decode the body of a non-streaming answer.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_native_event(event):
                return msgspec.json.decode(event.data, type=AcmeFrame)
    """


@hookspec
def chimeric_list_models(provider: ProviderConfig, cursor: str | None) -> HTTPRequest:
    """Build the request for one page of the model list; ``cursor`` is None for the first.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_list_models(provider):
                return HTTPRequest(method="GET", url=f"{provider.base_url}/models")
    """


@hookspec
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read one page of the model list.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_parse_models(response, provider):
                return ModelPage(tuple(Model(id=m["id"], provider=provider.name, native=m)
                                       for m in response.json()["data"]))
    """


@hookspec
def chimeric_framings() -> Mapping[str, Callable[[int], Framer]]:
    """Bring framings: name -> factory of a ``Framer``; it gets the event limit in bytes.

    Called once, when the plugin is loaded.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_framings():
                return {"acme-frames": AcmeFramer}
    """


# --- middleware ---------------------------------------------------------------------------------


@hookspec
def chimeric_prepare_request(
    request: Request, context: Context
) -> Request | Asking[Request | None] | None:
    """Change the unified request before a provider sees it. Once for each turn.

    Return the changed request, or None to leave it. What it raises fails the call.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_prepare_request(request):
                return request.replace(temperature=0.0)
    """


@hookspec
def chimeric_answer(request: Request, context: Context) -> Iterable[Delta | str] | None:
    """Answer a turn instead of the provider, or return None. Once for each turn.

    Asked after ``chimeric_prepare_request``, before a key or a route is needed; not with
    ``native=True``. A generator may ask for something in between; one that yields no delta has not
    answered. Without a finish reason the turn ends with ``stop``, or with ``tool_calls`` if it
    called a tool. Nothing of it is retried.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_answer(request):
                row = yield from run(rows.find, request.messages[-1].text)
                if row is not None:
                    yield Delta(text=row.text)
    """


@hookspec
def chimeric_attempt(request: Request, context: Context) -> Asking[None] | None:
    """Stand around an attempt: a generator that yields ``SEND`` once. For each attempt.

    The first plugin is the outermost. What it asks for before ``SEND`` delays the request;
    raising ``RefusedError`` refuses it. The code after ``SEND`` always runs, once, with the
    ``Outcome``; when the caller has left, what it asks for has one second.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_attempt(request, context):
                while (pause := bucket.take(context.provider)) > 0:
                    yield from wait(pause)
                outcome = yield SEND
                meter.add(outcome.status, outcome.seconds)
    """


@hookspec
def chimeric_credentials(
    provider: ProviderConfig, context: Context
) -> Credentials | Asking[Credentials | None] | None:
    """Bring the key or token of a request, or None. When none is kept that can be used.

    Asked after ``SEND`` where neither call, endpoint nor client were given a key, before the
    environment is looked at. What it returns is kept until ``expires_at`` for the endpoint and the
    scope, and dropped when the provider answers 401. Of all calls that need the same, in whatever
    thread or loop, one asks, for at most a minute; its error is everybody's.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_credentials(provider):
                if provider.name != "acme":
                    return None
                answer = yield from fetch(HTTPRequest(url=TOKEN_URL, body={"grant": GRANT}))
                token = answer.json()
                return Credentials(token["value"], expires_at=time.time() + token["seconds"])
    """


@hookspec
def chimeric_credentials_scope(provider: ProviderConfig, context: Context) -> str | None:
    """Say whom credentials belong to, so that they are kept apart. A plain function; each request.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_credentials_scope(provider, context):
                return context.user.tenant
    """


@hookspec
def chimeric_finish_turn(
    turn: FinishedTurn, context: Context
) -> MessageInput | Asking[MessageInput | None] | None:
    """See a whole turn before its tools run. Once for each turn that ended well.

    None: go on. Messages: they join the conversation instead of the results of tools, whose calls
    are answered "not run", and the model is asked once more, within ``max_turns``. What it raises
    fails the call.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_finish_turn(turn):
                if "as an AI" in turn.text:
                    return "Answer again, without speaking of yourself."
    """


@hookspec
def chimeric_process_chunk(
    chunk: StreamChunk, context: Context
) -> StreamChunk | Iterable[StreamChunk] | None:
    """Post-process a chunk. Called for every chunk, of non-streaming answers and tool results too.

    Return it, a changed copy (``chunk.replace``), several, or None to drop it. A chunk with a
    ``finish_reason`` or tool results, and the notice of a restart, cannot be dropped. What it
    raises fails the stream, with ``.partial``. Plugins that declare ``chimeric_phase = "record"``
    are called before all others, those that declare ``"guard"`` after them.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_process_chunk(chunk):
                return chunk.replace(delta=chunk.delta.upper()) if chunk.delta else chunk
    """


@hookspec
def chimeric_stream_processor(context: Context) -> StreamProcessor | None:
    """Make a stateful processor for one call, or None for none. Once for each call.

    It has ``process(chunk)``, which may hold text back, and ``flush()``, which is called when a
    chunk of another kind comes or the turn ends: what it gives out comes before that. Both may be
    generators, which yield chunks and may ask. It stands in the chain right before its plugin's
    ``chimeric_process_chunk``; with the attribute ``withholds = True`` behind everything.
    ``TextProcessor`` is a base class that does the holding back.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_stream_processor(context):
                return Redactor(patterns)
    """


@hookspec
def chimeric_stream_started(context: Context) -> None:
    """Observe: the answer of an attempt has begun (status 200). Once for each attempt.

    An observer that raises is reported as a ``PluginWarning`` and changes nothing.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_stream_started(context):
                log.info("%s answered after %.3f s", context.provider, context.elapsed)
    """


@hookspec
def chimeric_stream_finished(context: Context, response: CompletionResponse) -> None:
    """Observe: the call ended well, or the caller closed it early. Once for each call.

    ``context.closed_early`` tells the two apart.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_stream_finished(context, response):
                meter.add(response.usage.total_tokens or 0)
    """


@hookspec
def chimeric_stream_failed(context: Context, error: BaseException) -> None:
    """Observe: the call failed. Once for each call.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_stream_failed(context, error):
                log.warning("%s failed: %s", context.request.model, error)
    """


@hookspec
def chimeric_recover(
    error: ChimericError, context: Context
) -> Request | Asking[Request | None] | None:
    """Offer another request instead of a failure, after the retries. Once for each failure.

    The first plugin that returns a request wins: it is sent instead, to whatever provider its
    model belongs. ``context.content_started`` tells whether the caller has seen content.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_recover(error, context):
                if not context.content_started and context.request.model != "backup-1":
                    return context.request.replace(model="backup-1", provider=None)
    """


@hookspec
def chimeric_call_tool(
    call: ToolCall, tool: Tool | None, context: Context
) -> ToolExecutionResult | bool | str | Asking[ToolExecutionResult | bool | str | None] | None:
    """Allow, deny or answer a tool call before it runs. Once for each call.

    None or True: no objection, the next plugin is asked. False: denied. A ``str``: denied, with
    that reason for the model to read. A ``ToolExecutionResult``: that is the answer, nothing runs.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_call_tool(call):
                if call.name == "delete_files":
                    return "a human must approve this"
    """


@hookspec
def chimeric_register_tools(register: Callable[..., Tool]) -> None:
    """Bring tools. Called once for each client, with the client's ``tool`` registration.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_register_tools(register):
                register(current_time)
    """


@hookspec
def chimeric_register_commands(group: Any) -> None:
    """Bring commands for the command line; ``group`` is the ``chimeric`` click group.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_register_commands(group):
                group.add_command(my_command)
    """


@hookspec
def chimeric_transport(
    name: str, asynchronous: bool
) -> Callable[[], Transport | AsyncTransport] | None:
    """Offer a transport for ``Chimeric(transport=name)``, or None for names of others.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_transport(name, asynchronous):
                if name == "acme" and asynchronous:
                    return AcmeTransport
    """


@hookspec
def chimeric_wrap_transport(
    transport: Transport | AsyncTransport, asynchronous: bool
) -> Transport | AsyncTransport | None:
    """Wrap the transport of a client (record, replay, count). Once for each client and mode.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_wrap_transport(transport, asynchronous):
                return CountingTransport(transport)
    """


PROVIDER_HOOKS = (
    "chimeric_provider",
    "chimeric_build_request",
    "chimeric_sign_request",
    "chimeric_parse_event",
    "chimeric_parse_response",
    "chimeric_parse_error",
    "chimeric_native_event",
    "chimeric_list_models",
    "chimeric_parse_models",
    "chimeric_framings",
)
"""Hooks that belong to one provider; all others are middleware."""
