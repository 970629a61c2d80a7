"""No sentence of an answer comes out before a moderation service has approved it."""

from chimeric import HTTPRequest, TextProcessor, fetch, hookimpl


class OutputGuard:
    """Puts other words in place of sentences that are not approved."""

    def __init__(self, url, instead="[removed] "):
        self._url, self._instead = url, instead

    @hookimpl
    def chimeric_stream_processor(self):
        return Sentences(self._url, self._instead)


class Sentences(TextProcessor):
    """The sentences of one call."""

    by = "sentence"
    texts = ("text", "reasoning", "refusal")
    withholds = True

    def __init__(self, url, instead):
        super().__init__()
        self._url, self._instead = url, instead

    def process_text(self, text):
        response = yield from fetch(HTTPRequest(url=self._url, body={"text": text}))
        return text if response.status == 200 and response.json()["approved"] else self._instead
