"""AWS credentials and regions, from where AWS tools keep them."""

from __future__ import annotations

import configparser
import os
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from chimeric import ConfigurationError, Secret

HELP: Final = (
    "set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile "
    "(AWS_PROFILE, or bedrock_profile=), or pass bedrock_credentials="
)
EXTRA: Final = (
    "SSO logins, roles, containers and instances need botocore: pip install "
    "'chimeric-bedrock[botocore]'"
)
SPECIAL: Final = (
    *("role_arn", "credential_source", "web_identity_token_file", "sso_session", "sso_start_url"),
    *("credential_process", "login_session"),
)
"""Settings of a profile that AWS tools heed before any keys that stand there."""


class Credentials:
    """An access key; the secret half is masked wherever it could be shown."""

    __slots__ = ("expires_at", "key_id", "secret_key", "token")

    def __init__(
        self,
        key_id: str,
        secret_key: str,
        token: str | None = None,
        expires_at: float | None = None,
    ) -> None:
        self.key_id = key_id.strip()
        self.secret_key = Secret(secret_key.strip())
        self.token = token.strip() if token else None
        self.expires_at = expires_at

    def __repr__(self) -> str:
        return f"Credentials({self.key_id!r}, {self.secret_key!r})"


def find_credentials(profile: str | None) -> Credentials:
    """Keys of the environment; or of ``profile``, when the caller names one.

    Raises:
        ConfigurationError: when there are none; the text says where they can be put.
    """
    found = of_environment() if profile is None else None
    found = found or own_credentials(profile)
    if found is None:
        raise none_found(profile)
    return found


def none_found(profile: str | None) -> ConfigurationError:
    """The error for a request without credentials: where they can be put."""
    more = "" if find_spec("botocore") else f". {EXTRA}"
    name = _profile_name(profile)
    return ConfigurationError(
        f"bedrock found no AWS credentials (profile {name!r}): {HELP}{more}", provider="bedrock"
    )


def of_environment() -> Credentials | None:
    """Keys of the environment, or None.

    Raises:
        ConfigurationError: for half a pair, or an expiration that is no time.
    """
    env = os.environ
    key_id = env.get("AWS_ACCESS_KEY_ID", "").strip()
    secret = env.get("AWS_SECRET_ACCESS_KEY", "").strip()
    if not key_id and not secret:
        return None
    if not (key_id and secret):
        there, missing = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
        if secret:
            there, missing = missing, there
        raise ConfigurationError(f"{there} is set and {missing} is not", provider="bedrock")
    token = env.get("AWS_SESSION_TOKEN") or env.get("AWS_SECURITY_TOKEN")
    return Credentials(key_id, secret, token, _expiration(env.get("AWS_CREDENTIAL_EXPIRATION")))


def _expiration(told: str | None) -> float | None:
    if not told:
        return None
    try:
        end = datetime.fromisoformat(told)
    except ValueError:
        raise ConfigurationError(
            f"AWS_CREDENTIAL_EXPIRATION={told!r} is not a time", provider="bedrock"
        ) from None
    return (end if end.tzinfo else end.replace(tzinfo=UTC)).timestamp()


def own_credentials(profile: str | None) -> Credentials | None:
    """Keys that stand in the files of AWS tools, or None.

    Raises:
        ConfigurationError: for a profile that tells how to fetch some, which needs botocore.
    """
    name = _profile_name(profile)
    sections = [_read(file).get(section, {}) for file, section in _sections(name)]
    if any(setting in values for values in sections for setting in SPECIAL):
        raise ConfigurationError(
            f"the profile {name!r} says how to fetch credentials. {EXTRA}", provider="bedrock"
        )
    for values in sections:
        key_id, secret = values.get("aws_access_key_id"), values.get("aws_secret_access_key")
        if key_id and secret:
            return Credentials(key_id, secret, values.get("aws_session_token"))
    return None


def find_region(profile: str | None) -> str | None:
    """The region of the environment or of the profile, or None."""
    if profile is None:
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            if region := os.environ.get(name):
                return region
    for file, section in _sections(_profile_name(profile)):
        if region := _read(file).get(section, {}).get("region"):
            return region
    return None


def _profile_name(profile: str | None) -> str:
    env = os.environ
    return profile or env.get("AWS_PROFILE") or env.get("AWS_DEFAULT_PROFILE") or "default"


def config_files() -> tuple[Path, Path]:
    """The two files of AWS tools: of keys, and of settings."""
    home = Path("~/.aws")
    shared = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials")
    config = Path(os.environ.get("AWS_CONFIG_FILE") or home / "config")
    return shared.expanduser(), config.expanduser()


def _sections(profile: str) -> tuple[tuple[Path, str], tuple[Path, str]]:
    """Where a profile can stand: its section has another name in the config file."""
    shared, config = config_files()
    section = profile if profile == "default" else f"profile {profile}"
    return (shared, profile), (config, section)


_files: dict[tuple[Path, int], dict[str, dict[str, str]]] = {}


def _read(path: Path) -> dict[str, dict[str, str]]:
    """The sections of an INI file; it is read again only after it has changed."""
    try:
        key = (path, path.stat().st_mtime_ns)
        known = _files.get(key)
        if known is None:
            parser = configparser.RawConfigParser(strict=False, default_section="\0")
            parser.read_string(path.read_text("utf-8"))
            known = {name: dict(parser.items(name)) for name in parser.sections()}
            _files[key] = known
    except OSError:
        return {}
    except (configparser.Error, UnicodeDecodeError):
        # Neither the text nor the cause may show a line of this file.
        raise ConfigurationError(f"{path} is not an AWS configuration file") from None
    return known
