"""Errors of the services, and the next step after each."""

from __future__ import annotations

from typing import Final

import msgspec
from chimeric_chat_completions.errors import read_error

from chimeric import ErrorInfo, HTTPResponse, ProviderConfig

from .entry import Entry

__all__ = ["parse_error"]

PAYMENT: Final = 402


def parse_error(response: HTTPResponse, provider: ProviderConfig, entry: Entry) -> ErrorInfo:
    """Read an error answer of any shape; the message ends with the next step."""
    info = read_error(response.json())
    strange = info is None
    info = info or ErrorInfo(message=_shown(response))
    step = entry.advice.get(response.status) or _step(response.status, strange, provider, entry)
    if response.status == PAYMENT:
        info = msgspec.structs.replace(info, retryable=False)
    if not step:
        return info
    return msgspec.structs.replace(info, message=f"{info.message.rstrip(' .')}: {step}")


def _step(status: int, strange: bool, provider: ProviderConfig, entry: Entry) -> str:
    if status == 401:
        if not entry.keys:
            return f"the server wants a key: pass {entry.name}_api_key="
        return f"{entry.title} wants a key of its own, from {' or '.join(entry.keys)}"
    if status == PAYMENT:
        return f"the balance at {entry.title} is used up; trying again does not help"
    if status == 404 and strange:
        return f"there is nothing at {provider.base_url}: look at {entry.name}_base_url"
    if status == 404:
        asked = f"; list_models({entry.name!r}) tells which there are" if entry.lists else ""
        return f"{entry.title} may not have this model{asked}"
    if strange:
        return f"that is no answer of {entry.title}: look for a proxy, or at {entry.name}_base_url"
    return ""


def _shown(response: HTTPResponse) -> str:
    """The message for an answer that is none of the service's: a page, words, or nothing."""
    text = " ".join(response.body[:200].decode("utf-8", "replace").split())
    what = "an HTML page" if text.startswith("<") else repr(text) if text else "an empty body"
    return f"the server answered with status {response.status} and {what}"
