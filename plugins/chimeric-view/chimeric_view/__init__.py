"""Shows recordings of chimeric-record: the time line of a stream's events, on one offline page.

``chimeric view FILE...`` writes the page and opens it; :func:`page` and :func:`plot` make the page
and a picture from Python.
"""

from __future__ import annotations

from .page import page
from .plot import plot

__all__ = ["page", "plot"]
