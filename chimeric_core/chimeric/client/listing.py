"""The model list of a provider, page by page, as an exchange of its own."""

from __future__ import annotations

from chimeric.errors import ModelNotSupportedError, ProtocolError
from chimeric.exchange.attempt import Attempt
from chimeric.exchange.call import Call, Route
from chimeric.exchange.effects import RELEASE, Flow, Sleep
from chimeric.exchange.wire import idempotency_key
from chimeric.plugins.provider import Model
from chimeric.values.requests import HTTPResponse

__all__ = ["list_models"]

MOST_PAGES = 100
"""A list that does not end after so many pages is taken for broken."""


def list_models(call: Call, route: Route, models: list[Model]) -> Flow:
    """Fetch all pages into ``models``.

    Raises:
        ModelNotSupportedError: when the provider has no model list.
    """
    plugin = route.plugin
    if plugin.list_models is None or plugin.parse_models is None:
        raise ModelNotSupportedError(f"{plugin.name} has no model list", provider=plugin.name)
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        http = plugin.list_models(route.config, cursor)
        attempts = 0
        while True:
            attempt = Attempt(call, route, call.request, http)
            try:
                yield from attempt.open(idempotency_key())
                body = yield from attempt.body.whole()
                break
            except Exception as raised:
                error = call.hooks.typed(raised)
                error.provider = plugin.name
                wait = call.retry.delay(error, attempts)
                if wait is None:
                    attempt.masker().error(error)
                    raise error from error.__cause__
                attempts += 1
            yield RELEASE
            yield Sleep(wait)
        yield RELEASE
        response = HTTPResponse(status=attempt.status, headers=attempt.headers, body=body)
        try:
            page = plugin.parse_models(response, route.config)
        except Exception as error:
            raise plugin.parse_fault("chimeric_parse_models", body, error) from error
        models.extend(page.models)
        cursor = page.cursor
        if cursor is None:
            return
    raise ProtocolError(f"the model list of {plugin.name} does not end after {MOST_PAGES} pages")
