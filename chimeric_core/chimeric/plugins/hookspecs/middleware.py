"""The hooks of middleware, in the order in which a call meets them."""

# A specification has no body: what it returns is what implementations return.
# mypy: disable-error-code="empty-body"
# pyright: reportReturnType=false

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from chimeric.plugins.api import hookspec

if TYPE_CHECKING:
    from chimeric.errors import ChimericError
    from chimeric.plugins.middleware_chain import StreamProcessor
    from chimeric.plugins.provider import ProviderConfig
    from chimeric.values.chunks import StreamChunk, ToolExecutionResult
    from chimeric.values.context import Context, Continuation
    from chimeric.values.deltas import Delta
    from chimeric.values.hooks.credentials import Credentials
    from chimeric.values.hooks.finished_turn import FinishedTurn
    from chimeric.values.hooks.pause import Pause
    from chimeric.values.hooks.wants import Asking
    from chimeric.values.messages import MessageInput, ToolCall
    from chimeric.values.models import ModelInfo
    from chimeric.values.requests import Request
    from chimeric.values.responses import CompletionResponse
    from chimeric.values.tools import Tool
    from chimeric.values.transport import AsyncTransport, Transport

    Verdict: TypeAlias = ToolExecutionResult | bool | str | Pause


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
    scope, and dropped when the provider refuses it (401, and what else is told as an
    ``AuthenticationError``). Of all calls that need the same, in whatever thread or loop, one asks,
    for at most a minute; its error is everybody's. The hook of a plugin that is itself a provider
    is asked for that provider's requests alone.

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
) -> Request | Continuation | Asking[Request | Continuation | None] | None:
    """Offer another request instead of a failure, after the retries. Once for each failure.

    The first plugin that returns a request wins: it is sent instead, to whatever provider its
    model belongs. ``context.content_started`` tells whether the caller has seen content: that is
    void then, unless a ``Continuation`` says that the answer goes on. Where ``context.rest()``
    brings the rest of the answer, plugins are asked before a retry, which would be a second one.

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
) -> Verdict | Asking[Verdict | None] | None:
    """Allow, deny, answer or pause a tool call before it runs. Once for each call.

    None or True: no objection, the next plugin is asked. False: denied. A ``str``: denied, with
    that reason for the model to read. A ``ToolExecutionResult``: that is the answer, nothing runs.
    ``Pause(reason)``: somebody has to decide about it; if no other plugin denies or answers the
    call, the call of ``generate`` ends when the other tools of the turn are done, and
    ``response.resume`` goes on. All calls of a turn are asked about before any of them runs.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_call_tool(call):
                if call.name == "delete_files":
                    return "a human must approve this"
    """


@hookspec
def chimeric_model_info(info: ModelInfo, provider: ProviderConfig) -> ModelInfo | None:
    """Add to what is known of a model, or return None. Once for each ``client.model_info``.

    ``info`` is what the provider told, and what the plugins before added; ``sources`` names the
    plugin for each field that it changes.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_model_info(info):
                prices = Prices(input=1.0, output=4.0)
                return msgspec.structs.replace(info, prices=prices) if info.id == "ours" else None
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
