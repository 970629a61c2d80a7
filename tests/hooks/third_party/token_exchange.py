"""A provider's token, exchanged for what the tenant of a call has."""

import time

from chimeric import AuthenticationError, Credentials, HTTPRequest, fetch, hookimpl


class TokenExchange:
    """Asks a token endpoint; the core keeps what it says, for each tenant, until it ends."""

    def __init__(self, url, provider, grants):
        self._url, self._provider, self._grants = url, provider, grants

    @hookimpl
    def chimeric_credentials_scope(self, context):
        return context.user

    @hookimpl
    def chimeric_credentials(self, provider, context):
        if provider.name != self._provider:
            return None
        grant = {"grant_type": "token-exchange", "subject_token": self._grants[context.user]}
        response = yield from fetch(HTTPRequest(url=self._url, body=grant))
        if response.status != 200:
            text = f"the token endpoint answered {response.status} for {context.user}"
            raise AuthenticationError(text, status_code=response.status)
        token = response.json()
        expires_at = time.time() + token["expires_in"]
        return Credentials(token["access_token"], expires_at=expires_at)
