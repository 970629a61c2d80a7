"""What AWS tools would find, through ``botocore`` where it is installed. Blocking."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from chimeric import ConfigurationError
from chimeric_bedrock.credentials import Credentials, own_credentials

from .failures import typed
from .given import of_frozen, until

__all__ = ["find"]

CONNECT: Final = 5.0
READ: Final = 10.0
"""Seconds that STS and the portal of SSO may take for one request, of three at most."""


def find(profile: str | None, region: str | None) -> Credentials | None:
    """Credentials of the usual chain, or None where nobody has any.

    Without botocore those that stand in the files of AWS tools.

    Raises:
        ConfigurationError: for a profile or settings that cannot be used, or that need botocore.
        AuthenticationError: when whoever gives them refuses, or a login has expired.
        ConnectionFailedError: when whoever gives them cannot be reached.
        RequestTimeoutError: when they do not answer in time.
    """
    try:
        sessions: Any = import_module("botocore.session")
        config: Any = import_module("botocore.config")
    except ImportError:
        return own_credentials(profile)
    try:
        return _of_session(sessions, config, profile, region)
    except Exception as error:
        failed = typed(error, profile)
        if failed is None:
            raise
    raise failed  # out here it has no context, whose words may hold keys


def _of_session(
    sessions: Any, config: Any, profile: str | None, region: str | None
) -> Credentials | None:
    # A session remembers what it found: credentials that were refused need a new one.
    session = sessions.Session(profile=profile)
    if region:  # botocore does not read AWS_REGION
        session.set_config_variable("region", region)
    session.set_default_client_config(
        config.Config(connect_timeout=CONNECT, read_timeout=READ, retries={"total_max_attempts": 3})
    )
    _without_questions(session)
    credentials = session.get_credentials()
    if credentials is None:
        return None
    # What was fetched this moment need not be fetched again because it ends soon.
    credentials._advisory_refresh_timeout = credentials._mandatory_refresh_timeout = 0
    frozen = credentials.get_frozen_credentials()
    return of_frozen(frozen, until(credentials, frozen))


def _without_questions(session: Any) -> None:
    """Nobody sits here who could type the code of a second factor."""
    resolver = session.get_component("credential_provider")
    for provider in resolver.providers:
        if hasattr(provider, "_prompter"):
            provider._prompter = _refuse


def _refuse(_: str) -> str:
    raise ConfigurationError(
        "the profile's role needs a second-factor code (mfa_serial), which cannot be entered "
        "here: run `aws configure export-credentials --profile NAME --format env` and set what "
        "it prints",
        provider="bedrock",
    )
