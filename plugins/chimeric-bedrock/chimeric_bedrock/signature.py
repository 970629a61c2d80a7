"""AWS Signature Version 4: proof of a secret key, made of the exact bytes of a request."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

from .credentials import Credentials

SIGNED: Final = ("content-type",)
"""Request headers that are signed besides ``host`` and the ``x-amz-`` ones: nothing on the way
may rewrite a signed header, so the set is kept small."""


def sign(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    credentials: Credentials,
    region: str,
    now: datetime,
    service: str = "bedrock",
) -> dict[str, str]:
    """The headers to add to a request; ``now`` is in UTC.

    Example:
        >>> headers = sign("GET", "https://bedrock.us-east-1.amazonaws.com/", {}, b"",
        ...                credentials=Credentials("AKID", "secret"), region="us-east-1",
        ...                now=datetime(2026, 11, 22))
        >>> headers["x-amz-date"]
        '20261122T000000Z'
    """
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    added = {"x-amz-date": stamp}
    if credentials.token:
        added["x-amz-security-token"] = credentials.token
    signed = {"host": _host(parts.hostname or "", parts.port, parts.scheme), **added}
    for name, value in headers.items():
        lower = name.lower()
        if lower in SIGNED or lower.startswith("x-amz-"):
            signed.setdefault(lower, value)
    names = ";".join(sorted(signed))
    lines = [f"{name}:{' '.join(signed[name].split())}" for name in sorted(signed)]
    # The path is encoded once more than it is sent: "%3A" becomes "%253A".
    path = quote(parts.path or "/", safe="/~")
    digest = hashlib.sha256(body).hexdigest()
    canonical = "\n".join([method, path, _query(parts.query), *lines, "", names, digest])
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{credentials.secret_key.reveal()}".encode()
    for step in (stamp[:8], region, service, "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    added["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return added


def _host(name: str, port: int | None, scheme: str) -> str:
    """The Host header as the transport sends it."""
    name = f"[{name}]" if ":" in name else name
    usual = port is None or port == {"https": 443, "http": 80}.get(scheme)
    return name if usual else f"{name}:{port}"


def _query(query: str) -> str:
    """Our own queries are encoded already; only their order has to be the canonical one."""
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return "&".join(f"{name}={value}" for name, _, value in sorted(pairs))
