"""Variables of the environment that decide how services are reached, and their faults."""

from __future__ import annotations

import importlib.util
import os
import ssl
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

from .defaults import chosen_model, config_file
from .finding import Finding

__all__ = ["environment"]

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
SCHEMES = ("http", "https", "socks5", "socks5h")


def environment() -> Iterator[Finding]:
    """What the variables say; nothing is sent."""
    for name in ("CHIMERIC_MODEL", "CHIMERIC_PLUGINS"):
        if value := os.environ.get(name):
            yield Finding("info", name, value)
    yield from _default_model()
    proxied = False
    for name in PROXIES:
        for used, value in _spellings(name):
            proxied = proxied or bool(value)
            yield _proxy(used, value)
    for used, value in _spellings("NO_PROXY"):
        yield from _no_proxy(used, value, proxied)
    yield from _certificates()


def _default_model() -> Iterator[Finding]:
    """The model of the user's file, where there is one."""
    import click

    path = config_file()
    if not path.exists():
        return
    with_variable = os.environ.get("CHIMERIC_MODEL", "").strip()
    try:
        model, _ = chosen_model()
    except click.UsageError as error:
        yield Finding("problem", "default model", error.message)
        return
    text = f"not used: CHIMERIC_MODEL is set ({path})" if with_variable else f"{model} ({path})"
    yield Finding("info", "default model", text)


def _spellings(name: str) -> Iterator[tuple[str, str]]:
    """A variable under the name that counts. An empty one in small letters hides the other."""
    small, large = os.environ.get(name.lower()), os.environ.get(name)
    if small is not None:
        if small or large:
            yield name.lower(), small
    elif large:
        yield name, large


def _proxy(name: str, value: str) -> Finding:
    if not value:
        return Finding("info", name, f"empty: {name.upper()} is not used")
    shown = _masked(value)
    hidden = os.environ.get(name.upper(), value) if name.islower() else value
    if hidden != value:
        shown += f" ({name.upper()}, which says something else, is not used)"
    fault = _proxy_fault(value)
    return Finding("problem", name, f"{shown}: {fault}") if fault else Finding("info", name, shown)


def _masked(value: str) -> str:
    """A proxy's address without its password."""
    if "@" not in value:
        return value
    scheme, found, _ = value.partition("://")
    return f"{scheme + found if found else ''}***@{value.rpartition('@')[2]}"


def _proxy_fault(value: str) -> str | None:
    import httpx

    scheme, found, _ = value.partition("://")
    if found and scheme.lower() not in SCHEMES:
        advice = "; write socks5://" if scheme.lower().startswith("socks") else ""
        return f"{scheme}:// is no kind of proxy that is known{advice}"
    try:
        url = httpx.URL(value if found else f"http://{value}")
    except (httpx.InvalidURL, ValueError):  # whose text may quote the password
        return "it is no address of a proxy; write http://HOST:PORT"
    if not url.host:
        return "it names no host; write http://HOST:PORT"
    if url.port is not None and not 0 < url.port < 65536:
        return f"there is no port {url.port}"
    if scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        return "it needs a package: pip install 'httpx[socks]'"
    return None


def _no_proxy(name: str, value: str, proxied: bool) -> Iterator[Finding]:
    if not value:
        yield Finding("info", name, f"empty: {name.upper()} is not used")
        return
    yield Finding("info", name, value)
    for entry in (part.strip() for part in value.split(",")):
        if entry and not _can_be_read(entry):
            yield Finding("problem", name, f"{entry}: {_advice(entry)}")
        elif entry and proxied and (why := _without_effect(entry)):
            yield Finding("info", name, f"{entry} has no effect: {why}")


def _can_be_read(entry: str) -> bool:
    """Whether the default transport can make a rule of it."""
    import httpx

    if "://" in entry or entry == "*":
        rule = entry if "://" in entry else "all://*"
    else:
        network = _network(entry)
        if network is None:
            rule = f"all://*{entry}"
        else:
            rule = f"all://[{entry}]" if network == 6 else f"all://{entry}"
    try:
        httpx.URL(rule)
    except (httpx.InvalidURL, ValueError):
        return False
    return True


def _network(entry: str) -> int | None:
    """4 or 6 for an address or a network, None for a name."""
    try:
        return ip_network(entry, strict=False).version
    except ValueError:
        return None


def _advice(entry: str) -> str:
    if entry.startswith("["):
        return "it cannot be read; write an IPv6 address without brackets"
    if _network(entry) is not None:
        return "it cannot be read; write the IPv6 addresses themselves, a network is not known"
    return "it cannot be read; write HOST, HOST:PORT or an address"


def _without_effect(entry: str) -> str | None:
    if "/" in entry and _network(entry) is not None:
        return "networks are not known; write addresses, or the end of a name"
    if "*" in entry[1:] or entry.startswith("*."):
        return "write .example.com for all names that end so"
    if " " in entry:
        return "entries are parted by commas"
    return None


def _certificates() -> Iterator[Finding]:
    file, directory = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file:
        fault = _file_fault(Path(file))
        yield _checked("SSL_CERT_FILE", file, fault)
    if directory:
        note = " (not used: SSL_CERT_FILE is set)" if file else ""
        yield _checked("SSL_CERT_DIR", directory + note, None if file else _folder_fault(directory))
    log = os.environ.get("SSLKEYLOGFILE")
    if log:
        folder = Path(log).parent
        writable = os.access(log if Path(log).exists() else folder, os.W_OK)
        fault = None if writable and not Path(log).is_dir() else "it cannot be written"
        yield _checked("SSLKEYLOGFILE", log, fault)


def _checked(name: str, value: str, fault: str | None) -> Finding:
    if fault is None:
        return Finding("info", name, value)
    return Finding("problem", name, f"{value}: {fault}")


def _file_fault(path: Path) -> str | None:
    try:
        path.open("rb").close()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "it holds no certificates (PEM)"
    except OSError as error:
        return (error.strerror or "it cannot be read").lower()
    return None


def _folder_fault(places: str) -> str | None:
    """OpenSSL takes several folders, and finds certificates by the hashes in their names."""
    for place in places.split(os.pathsep):
        try:
            names = os.listdir(place)
        except OSError as error:
            return f"{place}: {(error.strerror or 'it cannot be read').lower()}"
        if any(name.rpartition(".")[2].isdigit() for name in names):
            return None
    return "no certificate in it has a name that OpenSSL finds; run `openssl rehash`"
