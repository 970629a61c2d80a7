"""What families of models take and refuse: each rule once, for all providers that reach them."""

from .media import named_media, settled

__all__ = ["named_media", "settled"]
