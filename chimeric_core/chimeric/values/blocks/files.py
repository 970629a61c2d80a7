"""Files that a model makes: pictures, sounds, what its code wrote."""

from __future__ import annotations

import msgspec

from chimeric.values.messages import AudioPart, FilePart, ImagePart

__all__ = ["GeneratedFile"]


class GeneratedFile(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A picture, a sound or a document that the model made.

    Attributes:
        id: tells the files of an answer apart; a later one with the same id takes the place of
            the one before.
        part: the file itself, as a part that a message can hold: its bytes (``data``, base64), its
            ``url``, or the provider's ``file_id``.
        partial: whether it is a preview that a later one replaces.

    Example:
        >>> GeneratedFile("ig_1", ImagePart(data="iVBORw0KGgo=", media_type="image/png")).partial
        False
    """

    id: str
    part: ImagePart | AudioPart | FilePart
    partial: bool = False
