"""What is known of one service: data, with a dialect where its chat completions differ."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from chimeric_chat_completions import PARAMS, ChatDialect

from chimeric import Capabilities, Provider, Request

__all__ = ["APIS", "Entry"]

APIS: Final = ("chat_completions", "responses")
"""What the option ``api`` may name at services that speak both."""

PLAIN: Final = ChatDialect(echo=("reasoning_details",))

TAGGED: Final = ("*:*", "*-cloud")
"""Ollama's way of naming."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A service of the catalogue.

    Attributes:
        name: what stands before the colon in ``"name:model"``.
        title: what its makers call it.
        base_url: where its API is; with ``{}`` for the account, where there is one.
        account_env: variable that holds the account; without it the base URL must be given.
        path: path for a base URL that has none, where ``base_url`` does not tell it.
        aliases: other names that it answers to.
        keys: variables of its key.
        urls: variables of its base URL, besides ``<NAME>_BASE_URL``.
        key_required: whether a call without a key is refused.
        models: patterns of bare model names that nobody else serves under these names.
        sample: a model of it, for the docs.
        dialect: how its chat completions differ.
        params: names of its own parameters.
        options: names of client and call options that it takes.
        headers: headers that its options mean.
        responses: whether it speaks the Responses API, too (``api="responses"``).
        lists: whether it has a model list.
        describes: path, beside that of the version, where it tells most of a model.
        tools: whether it takes tools.
        images: whether it takes pictures.
        audio: whether it takes sound.
        structured: whether it enforces structured output.
        citations: whether it cites.
        local: whether it usually runs on the user's machine.
        advice: what to do after an error, by HTTP status.
        notes: what is particular, a sentence each, for the docs.

    Example:
        >>> Entry(name="acme", title="Acme", base_url="https://api.acme.test/v1").declare().name
        'acme'
    """

    name: str
    title: str
    base_url: str
    account_env: str = ""
    path: str | None = None
    aliases: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    key_required: bool = True
    models: tuple[str, ...] = ()
    sample: str = "openai/gpt-oss-120b"
    dialect: ChatDialect = PLAIN
    params: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    headers: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None
    responses: bool = False
    lists: bool = True
    describes: str = ""
    tools: bool = True
    images: bool = True
    audio: bool = False
    structured: bool = True
    citations: bool = False
    local: bool = False
    advice: Mapping[int, str] = {}
    notes: tuple[str, ...] = ()

    def declare(self, state: Callable[[Request], Any] | None = None) -> Provider:
        """The declaration; of a service with accounts, with the one that the environment names."""
        account = os.environ.get(self.account_env, "").strip() if self.account_env else ""
        url = self.base_url
        if self.account_env:
            url = url.format(account) if account else ""
        return Provider(
            name=self.name,
            base_url=url,
            version_path=self.path,
            aliases=self.aliases,
            key_env=self.keys,
            base_url_env=self.urls,
            key_required=self.key_required,
            models=self.models,
            not_models=TAGGED if self.models else (),
            state=state or self.dialect.state,
            options=(*(("api",) if self.responses else ()), *self.options),
            params=(*PARAMS, *self.params),
            capabilities=Capabilities(
                tools=self.tools,
                parallel_tools=self.tools,
                images=self.images,
                audio=self.audio,
                reasoning=True,
                structured_output=self.structured,
                citations=self.citations,
                list_models=self.lists,
            ),
        )
