"""Credentials that were found, as the core keeps them, and as a request is signed with them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from chimeric import AuthenticationError, Secret
from chimeric import Credentials as Brought
from chimeric_bedrock.credentials import Credentials

__all__ = ["EXPIRED", "KEY_ID", "brought", "signed_with"]

KEY_ID: Final = "key_id"
TOKEN: Final = "session_token"  # noqa: S105 - the name of a field
"""Fields of what is brought, beside the secret half of the key."""

EXPIRED: Final = (
    "the AWS credentials have expired: sign in again (aws sso login), or set a fresh "
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; a callable as "
    "bedrock_credentials= is asked for new ones"
)


def brought(found: Credentials) -> Brought:
    """What the core keeps until it ends.

    Raises:
        AuthenticationError: for credentials that have expired.
    """
    if found.expires_at is not None and found.expires_at <= time.time():
        raise AuthenticationError(EXPIRED, status_code=401, provider="bedrock")
    fields = {KEY_ID: found.key_id} | ({TOKEN: found.token} if found.token else {})
    return Brought(found.secret_key, fields=fields, expires_at=found.expires_at)


def signed_with(secret: Secret, fields: Mapping[str, str]) -> Credentials:
    """What was brought, to sign with."""
    return Credentials(fields[KEY_ID], secret.reveal(), fields.get(TOKEN))
