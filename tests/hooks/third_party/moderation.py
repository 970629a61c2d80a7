"""Lets no sentence out that a moderation service has not approved."""

from chimeric import HTTPRequest, TextProcessor, fetch, hookimpl


class Moderation:
    """A guard of all answers of a client."""

    def __init__(self, url):
        self._url = url

    @hookimpl
    def chimeric_stream_processor(self):
        return _Moderator(self._url)


class _Moderator(TextProcessor):
    by = "sentence"
    texts = ("text", "reasoning", "refusal")
    withholds = True

    def __init__(self, url):
        self._url = url

    def process_text(self, text):
        verdict = yield from fetch(HTTPRequest(url=self._url, body={"text": text}))
        if verdict.status != 200:
            raise RuntimeError(f"the moderation answered {verdict.status}")
        return "[removed] " if verdict.json()["flagged"] else text
