"""Our errors for those of botocore, whose own words may hold parts of keys."""

from __future__ import annotations

import re
from typing import Final

from chimeric import (
    AuthenticationError,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    RequestTimeoutError,
)

from .found import EXPIRED

__all__ = ["typed"]

LOGIN: Final = frozenset(
    {
        *("SSOError", "SSOTokenLoadError", "UnauthorizedSSOTokenError", "TokenRetrievalError"),
        *("LoginError", "LoginTokenLoadError", "LoginAuthorizationCodeError", "NoAuthTokenError"),
        "UnauthorizedException",
    }
)
SETTINGS: Final = frozenset(
    {
        *("ConfigNotFound", "ConfigParseError", "InfiniteLoopConfigError", "InvalidConfigError"),
        *("InvalidRegionError", "MissingParametersError", "NoRegionError"),
        *("ParamValidationError", "PartialCredentialsError", "ProfileNotFound"),
        *("RefreshWithMFAUnsupportedError", "UnknownCredentialError", "UnknownRegionError"),
        *("InvalidIMDSEndpointError", "InvalidIMDSEndpointModeError"),
    }
)
TIMED_OUT: Final = frozenset({"ConnectTimeoutError", "ReadTimeoutError"})
LOST: Final = frozenset(
    {
        *("HTTPClientError", "ConnectionError", "ConnectionClosedError", "EndpointConnectionError"),
        *("ProxyConnectionError", "SSLError"),
    }
)

_CODE: Final = re.compile(r"[A-Za-z.]{1,60}")


def typed(error: Exception, profile: str | None) -> ChimericError | None:
    """The error to raise; None for one that is none of botocore's."""
    if isinstance(error, ChimericError):
        return error
    kinds = _kinds(error)
    name = type(error).__name__
    who = f"of the profile {profile!r}" if profile else "of the usual chain"
    login = "aws sso login" + (f" --profile {profile}" if profile else "")
    if "ProfileNotFound" in kinds:
        return _wrong(
            f"there is no AWS profile {profile!r}" if profile else f"{error}".rstrip("."),
            "look at ~/.aws/config and AWS_PROFILE, or leave the profile out",
        )
    if kinds & LOGIN:
        return _refused(f"the login {who} has expired, or was never made ({name}): run `{login}`")
    if kinds & SETTINGS:
        return _wrong(
            f"the AWS credentials {who} cannot be set up ({name})",
            "look at the profile in ~/.aws/config, and at AWS_REGION",
        )
    if "ClientError" in kinds:
        return _refused(
            f"AWS gave no credentials {who} ({_code(error) or name}): see that the role may be "
            f"assumed and that what it is assumed with has not expired (`{login}`)"
        )
    if isinstance(error, RuntimeError) and "expired" in str(error):
        return _refused(EXPIRED)
    if unreached := _unreached(error, who):
        return unreached
    if "BotoCoreError" not in kinds:
        return None
    return _refused(
        f"the source of the AWS credentials {who} gave none ({name}): see that the metadata "
        "service has a role, or that credential_process prints them; a bearer key "
        "(AWS_BEARER_TOKEN_BEDROCK) needs neither"
    )


def _unreached(error: Exception, who: str) -> ChimericError | None:
    """The error where a server did not answer, which may stand behind another one."""
    seen: BaseException | None = error
    while seen is not None:
        kinds = _kinds(seen)
        advice = (
            "is this machine where these credentials are given (a container, EC2, behind a proxy)? "
            "A bearer key (AWS_BEARER_TOKEN_BEDROCK) needs no such server"
        )
        if kinds & TIMED_OUT:
            text = f"the source of the AWS credentials {who} did not answer in time; {advice}"
            slow = RequestTimeoutError(text, phase="read", provider="bedrock")
            slow.retryable = False  # botocore has tried it several times
            return slow
        if kinds & LOST:
            text = f"the source of the AWS credentials {who} cannot be reached; {advice}"
            gone = ConnectionFailedError(text, provider="bedrock")
            gone.retryable = False
            return gone
        seen = seen.__cause__ or seen.__context__
    return None


def _kinds(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def _code(error: Exception) -> str | None:
    """What STS calls its error, where it is a plain word."""
    response = getattr(error, "response", None)
    told = response.get("Error", {}).get("Code") if isinstance(response, dict) else None  # pyright: ignore
    return told if isinstance(told, str) and _CODE.fullmatch(told) else None  # pyright: ignore


def _wrong(text: str, advice: str) -> ConfigurationError:
    return ConfigurationError(f"{text}; {advice}", provider="bedrock")


def _refused(text: str) -> AuthenticationError:
    return AuthenticationError(text, status_code=401, provider="bedrock")
