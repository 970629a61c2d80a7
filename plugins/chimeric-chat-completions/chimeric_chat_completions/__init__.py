"""The chat-completions wire protocol, as a library for provider plugins.

Most providers speak this protocol, each with small differences. A plugin describes its own in a
``ChatDialect``, declares its provider, and takes the hooks from here:

.. code-block:: python

    from chimeric import HTTPRequest, Provider, ProviderConfig, Request, hookimpl
    from chimeric_chat_completions import (
        ChatDialect,
        chimeric_list_models,
        chimeric_native_event,
        chimeric_parse_error,
        chimeric_parse_event,
        chimeric_parse_models,
        chimeric_parse_response,
    )

    DIALECT = ChatDialect(max_tokens="max_completion_tokens")


    @hookimpl
    def chimeric_provider() -> Provider:
        return Provider(
            name="acme",
            base_url="https://api.acme.test/v1",
            key_env=("ACME_API_KEY",),
            models=("acme-*",),
            state=DIALECT.state,
        )


    @hookimpl
    def chimeric_build_request(request: Request, provider: ProviderConfig) -> HTTPRequest:
        return DIALECT.build_request(request, provider)

Importing this package decodes nothing and loads no wire structs: these come with the first use.
"""

from .dialect import API, ChatDialect
from .hooks import (
    chimeric_get_model,
    chimeric_list_models,
    chimeric_native_event,
    chimeric_parse_error,
    chimeric_parse_event,
    chimeric_parse_models,
    chimeric_parse_response,
)
from .params import PARAMS
from .strict_form import strict_schema

__all__ = [
    "API",
    "PARAMS",
    "ChatDialect",
    "chimeric_get_model",
    "chimeric_list_models",
    "chimeric_native_event",
    "chimeric_parse_error",
    "chimeric_parse_event",
    "chimeric_parse_models",
    "chimeric_parse_response",
    "strict_schema",
]
