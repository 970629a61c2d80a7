"""The text of an answer as its provider tells it, and the seam where it is gone on with."""

from __future__ import annotations

from chimeric import ProtocolError, StreamChunk

__all__ = ["Seam", "Told"]

TELLING = 40
"""Characters that no two texts begin with by chance: who says them again has begun anew."""


class Seam:
    """Joins the rest of a text to its beginning, so that nothing is told twice.

    The beginning is sent to a model without the white space at its end, which some services
    refuse. What of this comes again is left out, and so is the beginning itself where the service,
    or a model that misunderstands, tells all of it again.

    Args:
        begun: all that was given out.
        echoes: whether the service tells the beginning again by itself. Of others a beginning of
            at least ``TELLING`` characters is known again.

    Example:
        >>> seam = Seam("Once upon ")
        >>> seam.take(" a"), seam.take(" time")
        ('a', ' time')
    """

    def __init__(self, begun: str, *, echoes: bool = False) -> None:
        self._begun = begun.rstrip()
        self._blank = begun[len(self._begun) :]
        self._held = ""
        self._looks = echoes or len(self._begun) >= TELLING
        self.closed = False

    def take(self, text: str) -> str:
        """What of the next piece is new; "" while that cannot be told.

        Raises:
            ProtocolError: when the text is another one that begins like the first.
        """
        if self.closed:
            return text
        self._held += text
        if self._looks and not self._known_again():
            return ""
        same = _same(self._held, self._blank)
        if same == len(self._held) < len(self._blank):
            return ""
        self.closed = True
        return self._held[same:]

    def end(self) -> str:
        """What is left when nothing more comes."""
        if self.closed:
            return ""
        self.closed = True
        if self._looks and len(self._held) >= TELLING:
            return ""  # a part of the beginning, again
        return self._held[_same(self._held, self._blank) :]

    def _known_again(self) -> bool:
        """Whether it can be told if the beginning comes again; it is left out then."""
        same = _same(self._held, self._begun)
        if same == len(self._held) < len(self._begun):
            return False
        self._looks = False
        if same == len(self._begun):
            self._held = self._held[same:]
        elif same >= TELLING:
            raise ProtocolError(
                "the model restarted its answer in other words instead of continuing it"
            )
        return True


class Told:
    """A stream processor that keeps the text of the turn, as the provider tells it.

    Attributes:
        alone: whether the turn holds nothing but one text.
        anew: whether a model did not go on with it, but began anew.
    """

    def __init__(self) -> None:
        self.alone = True
        self.anew = False
        self._pieces: list[str] = []
        self._turn = 0
        self._block: int | None = None
        self._seam: Seam | None = None

    @property
    def text(self) -> str:
        """All text of the turn so far."""
        return "".join(self._pieces)

    def continues(self, *, echoes: bool) -> None:
        """What comes next is the rest of the text."""
        self._seam = Seam(self.text, echoes=echoes)
        self.anew = False

    def process(self, chunk: StreamChunk) -> StreamChunk | None:
        """Note what a chunk holds; of the rest of a text, leave out what was told before.

        Raises:
            ProtocolError: when the rest is none.
        """
        text = chunk.delta
        if chunk.turn != self._turn or (not text and "restarted" in chunk.metadata):
            self._begin(chunk.turn)
        if not text or chunk.citations or chunk.logprobs:
            self.alone = self.alone and _is_nothing(chunk)
            return chunk
        if self._block is None:
            self._block = chunk.block
        elif chunk.block != self._block:
            self.alone = False
        if self._seam is not None:
            seam = self._seam
            try:
                text = seam.take(text)
            except ProtocolError:
                self._seam, self.anew = None, True
                raise
            self._seam = None if seam.closed else seam
            if not text:
                return None
            chunk = chunk.replace(delta=text)
        self._pieces.append(text)
        return chunk

    def flush(self) -> StreamChunk | None:
        """The last of what was held back at the seam."""
        seam, self._seam = self._seam, None
        text = "" if seam is None else seam.end()
        if not text:
            return None
        self._pieces.append(text)
        return StreamChunk(text)

    def _begin(self, turn: int) -> None:
        self._turn, self._block, self._seam = turn, None, None
        self._pieces.clear()
        self.alone = True


def _same(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _is_nothing(chunk: StreamChunk) -> bool:
    """Whether a chunk adds nothing to the answer that a beginning could not say."""
    shown = chunk.server_tools or chunk.citations or chunk.files or chunk.logprobs
    return not (chunk.reasoning or chunk.refusal or chunk.tool_calls or shown)
