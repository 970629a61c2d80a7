"""The hooks of a provider: it implements them for itself, the core calls exactly that plugin."""

# A specification has no body: what it returns is what implementations return.
# mypy: disable-error-code="empty-body"
# pyright: reportReturnType=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chimeric.plugins.api import hookspec

if TYPE_CHECKING:
    from chimeric.plugins.provider import Provider, ProviderConfig
    from chimeric.values.deltas import Delta, ErrorInfo, Event, Parsed
    from chimeric.values.models import ModelPage
    from chimeric.values.requests import HTTPRequest, HTTPResponse, Request
    from chimeric.values.secrets import Secret
    from chimeric.values.transport import Framer


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
def chimeric_parse_event(event: Event, state: Any) -> Parsed:
    """Say what one framed wire event adds to the answer. Called for every event.

    ``state`` is what the declared ``Provider.state`` made for this response. Return None for
    nothing, a ``str`` for text alone, a ``ToolCallDelta`` for a piece of one call's arguments
    alone, else a ``Delta`` or several. Where nearly every event brings token counts, the state may
    keep the latest and have a method ``running_usage()``, which is asked for them when somebody
    wants them. ``msgspec.DecodeError`` and ``UnicodeError`` may pass: the core turns them into a
    ``ProtocolError`` that holds the bytes. Anything else that is raised is a mistake of the plugin:
    a ``PluginError`` that names it.

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
def chimeric_resume_request(
    request: Request, state: Any, provider: ProviderConfig
) -> HTTPRequest | None:
    """Ask for the rest of a stream that was cut. Optional; None where nothing brings it.

    Its answer is read as the same stream: by ``chimeric_parse_event``, with the same ``state``,
    which has seen the events before and sees to it that none comes twice and none is left out.
    The core asks only where a plugin wants to go on (``context.rest()``, ``Continuation``).

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_resume_request(state, provider):
                if state.id is not None:
                    url = f"{provider.base_url}/chat/{state.id}?after={state.number}"
                    return HTTPRequest(method="GET", url=url)
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
def chimeric_get_model(provider: ProviderConfig, model: str) -> HTTPRequest | None:
    """Build the request for what a service tells of one model. Optional.

    ``chimeric_parse_models`` reads the answer, as a page with one model; one without an id is the
    model that was asked for. None: the service tells of none. Without the hook, and where the
    service refuses the request, the model list is searched.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_get_model(provider, model):
                url = f"{provider.base_url}/models/{quote_segment(model)}"
                return HTTPRequest(method="GET", url=url)
    """


@hookspec
def chimeric_parse_models(response: HTTPResponse, provider: ProviderConfig) -> ModelPage:
    """Read one page of the model list. An entry is a ``Model``, or a ``ModelInfo`` that says more.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_parse_models(response, provider):
                return ModelPage(tuple(Model(id=m["id"], provider=provider.name, native=m)
                                       for m in response.json()["data"]))
    """


@hookspec
def chimeric_count_tokens(
    http: HTTPRequest, request: Request, provider: ProviderConfig
) -> HTTPRequest:
    """Make of a request the one that counts its tokens. Optional.

    ``http`` is what ``chimeric_build_request`` made of ``request``.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_count_tokens(http, request):
                body = {"model": request.model, "messages": http.body["messages"]}
                return HTTPRequest(url=f"{http.url}/count", body=body)
    """


@hookspec
def chimeric_parse_count(response: HTTPResponse, provider: ProviderConfig) -> int:
    """Read the number of tokens.

    Example:
        .. code-block:: python

            @hookimpl
            def chimeric_parse_count(response):
                return response.json()["tokens"]
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
