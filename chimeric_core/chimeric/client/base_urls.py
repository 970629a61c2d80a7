"""Base URLs: where they come from, what they mean, and to whom a key may go."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.plugins.provider import Provider

__all__ = ["BaseURL", "base_url_source", "base_url_variables", "resolve_base_url", "url_text"]

NO_HOST = re.compile(r"""[\s"'<>\\^`{|}]""")
SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
CONTROL = re.compile(r"[\x00-\x20\x7f]")


class BaseURL(msgspec.Struct, frozen=True):
    """A base URL, ready for use.

    Attributes:
        url: without a slash at its end, and without a query.
        query: its query, or "".
        origin: scheme, host and port, which say whose server it is.
        plain: whether it is plain http to another machine.
    """

    url: str
    query: str
    origin: tuple[str, str, int]
    plain: bool


def base_url_variables(declaration: Provider) -> tuple[str, ...]:
    """Names of the environment variables of a base URL, the strongest first."""
    own = f"{declaration.name.upper().replace('-', '_')}_BASE_URL"
    return (own, *declaration.base_url_env)


def base_url_source(declaration: Provider) -> str | None:
    """The variable that the environment's base URL stands in, or None."""
    names = base_url_variables(declaration)
    return next((name for name in names if os.environ.get(name, "").strip()), None)


def resolve_base_url(declaration: Provider, given: Any = None, where: str = "") -> BaseURL:
    """The base URL to use: the caller's, the environment's, or the declared one.

    A URL without a path gets the provider's usual one (``https://host`` -> ``https://host/v1``).
    One with a path is used as it is, or gets the version path that the provider's own SDK adds
    (``Provider.version_paths``). A host without a scheme is https, except on this machine.

    Args:
        declaration: what the provider's plugin declares.
        given: a string, or an object of a URL class (``httpx.URL``, ``pydantic.HttpUrl``).
        where: the argument that gave it, for the text of an error.

    Raises:
        ConfigurationError: for what is no URL of an HTTP server, or holds credentials.
    """
    text = url_text(given, where or f"{declaration.name}_base_url")
    if not text:
        source = base_url_source(declaration)
        where, text = (source, os.environ[source].strip()) if source else ("base_url", "")
    if not text:
        where, text = "the base URL that it declares", declaration.base_url
    if not text:
        keyword = f"{declaration.name.replace('-', '_')}_base_url"
        raise ConfigurationError(
            f"{declaration.name} needs a base URL: pass {keyword}=... "
            f"or set {base_url_variables(declaration)[0]}",
            provider=declaration.name,
        )
    return _resolved(declaration, text, where or f"{declaration.name}_base_url")


def url_text(given: Any, where: str) -> str:
    """A given URL as text: ``str()`` of an object that has a scheme, as URL classes have.

    Raises:
        ConfigurationError: for any other type.
    """
    if given is None:
        return ""
    if isinstance(given, str):
        return str.__str__(given).strip()
    if hasattr(given, "scheme"):
        as_text = given.geturl() if hasattr(given, "geturl") else str(given)
        if isinstance(as_text, str):
            return as_text.strip()
    raise ConfigurationError(f"{where} must be a string or a URL, not {type(given).__name__}")


def _resolved(declaration: Provider, text: str, where: str) -> BaseURL:
    def refused(why: str) -> ConfigurationError:
        shown = repr(text if "@" not in text else "***@" + text.rpartition("@")[2])
        return ConfigurationError(f"{where} is {shown}: {why}", provider=declaration.name or None)

    if CONTROL.search(text):
        raise refused("a URL holds no spaces and no control characters")
    bare = SCHEME.match(text) is None
    try:
        split = urlsplit(text if not bare else f"https://{text.removeprefix('//')}")
        host, port = split.hostname or "", split.port
        host.encode("idna")
    except ValueError as error:  # UnicodeError, of a label that is too long or empty, is one
        raise refused(f"it cannot be read as a URL ({error})") from None
    if bare and is_this_machine(host):
        split = split._replace(scheme="http")
    if split.scheme not in ("http", "https"):
        raise refused("it must be http:// or https://")
    if not host or NO_HOST.search(host) or split.netloc.endswith(":"):
        raise refused("there is no host in it that could be one (quotes around it?)")
    if split.username is not None or split.password is not None:
        raise refused("it must hold no credentials; pass the key as api_key=")
    if split.fragment:
        raise refused("it must hold no fragment")
    return BaseURL(
        f"{split.scheme}://{split.netloc}{_path(declaration, split)}",
        split.query,
        (split.scheme, host.lower(), port or (443 if split.scheme == "https" else 80)),
        split.scheme == "http" and not is_this_machine(host),
    )


def _path(declaration: Provider, split: SplitResult) -> str:
    path = split.path.rstrip("/")
    if not path:
        usual = declaration.version_path
        usual = urlsplit(declaration.base_url).path if usual is None else usual
        return usual.rstrip("/")
    if declaration.version_paths and not path.endswith(declaration.version_paths):
        return path + declaration.version_paths[0]
    return path


def is_this_machine(host: str) -> bool:
    """Whether a host is reached without leaving this machine."""
    host = host.lower().rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return host in ("::1", "::", "0.0.0.0") or re.fullmatch(r"127(\.\d+){3}", host) is not None  # noqa: S104
