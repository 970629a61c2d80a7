"""AWS credentials and regions, from where AWS tools keep them."""

from __future__ import annotations

import configparser
import os
from pathlib import Path

from chimeric import ConfigurationError, Secret

HELP = (
    "set AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a "
    "profile with keys (AWS_PROFILE, or the option profile=). Keys of SSO logins, roles and "
    "instances: aws configure export-credentials --format env"
)


class Credentials:
    """An access key; the secret half is masked wherever it could be shown."""

    __slots__ = ("key_id", "secret_key", "token")

    def __init__(self, key_id: str, secret_key: str, token: str | None = None) -> None:
        self.key_id = key_id.strip()
        self.secret_key = Secret(secret_key)
        self.token = token.strip() if token else None

    def __repr__(self) -> str:
        return f"Credentials({self.key_id!r}, {self.secret_key!r})"


def find_credentials(profile: str | None) -> Credentials:
    """Keys of the environment; or of ``profile``, when the caller names one.

    Raises:
        ConfigurationError: when there are none; the text says where they can be put.
    """
    env = os.environ
    if profile is None:
        key_id, secret = env.get("AWS_ACCESS_KEY_ID"), env.get("AWS_SECRET_ACCESS_KEY")
        if key_id and secret:
            return Credentials(key_id, secret, env.get("AWS_SESSION_TOKEN"))
    name = _profile_name(profile)
    for file, section in _sections(name):
        values = _read(file).get(section, {})
        key_id, secret = values.get("aws_access_key_id"), values.get("aws_secret_access_key")
        if key_id and secret:
            return Credentials(key_id, secret, values.get("aws_session_token"))
    raise ConfigurationError(f"bedrock found no AWS credentials (profile {name!r}): {HELP}")


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
    return profile or os.environ.get("AWS_PROFILE") or "default"


def _sections(profile: str) -> tuple[tuple[Path, str], tuple[Path, str]]:
    """Where a profile can stand: its section has another name in the config file."""
    home = Path("~/.aws")
    shared = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials")
    config = Path(os.environ.get("AWS_CONFIG_FILE") or home / "config")
    section = profile if profile == "default" else f"profile {profile}"
    return (shared.expanduser(), profile), (config.expanduser(), section)


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
        raise ConfigurationError(f"{path} is no AWS configuration file") from None
    return known
