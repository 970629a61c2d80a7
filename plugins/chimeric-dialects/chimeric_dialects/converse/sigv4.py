"""AWS Signature Version 4, the checking half: is this request signed with this secret?"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from chimeric_dialects.requests import Request

__all__ = ["Signed", "is_signed_by", "read_signature"]

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,]+)/"
    r"(?P<scope>\d{8}/[\w-]+/bedrock(?:-mantle)?/aws4_request), ?"
    r"SignedHeaders=(?P<headers>[\w;-]*host[\w;-]*), ?Signature=(?P<signature>[0-9a-f]{64})$"
)


class Signed(NamedTuple):
    """What an ``Authorization`` header says."""

    key: str
    scope: str
    headers: str
    signature: str


def read_signature(header: str) -> Signed | None:
    """The parts of a header for Bedrock or Mantle, or None where it is malformed."""
    found = _HEADER.match(header)
    return Signed(*found.group("key", "scope", "headers", "signature")) if found else None


def is_signed_by(request: Request, signed: Signed, secret: str) -> bool:
    """Compute the signature anew, from the bytes that arrived, and compare."""
    date, region, service, end = signed.scope.split("/")
    text = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            request.headers.get("x-amz-date", ""),
            signed.scope,
            hashlib.sha256(_canonical(request, signed.headers).encode()).hexdigest(),
        )
    )
    key = b"AWS4" + secret.encode()
    for part in (date, region, service, end):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    made = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, signed.signature)


def _canonical(request: Request, names: str) -> str:
    path, _, query = request.target.partition("?")
    pairs = sorted(
        f"{quote(name, safe='~')}={quote(value, safe='~')}"
        for name, value in parse_qsl(query, keep_blank_values=True)
    )
    headers = [
        f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names.split(";")
    ]
    return "\n".join(
        (
            request.method,
            # The path as it was sent is encoded once more.
            quote(path, safe="/~"),
            "&".join(pairs),
            *headers,
            "",
            names,
            hashlib.sha256(request.body).hexdigest(),
        )
    )
