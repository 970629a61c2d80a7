"""The chat pages of ``docs/examples/chat``, served as people serve them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .server import Server, Starting

__all__ = ["PAGES", "worker"]

PAGES = Path(__file__).parents[1] / "docs" / "examples" / "chat"


def worker(app: str, folder: Path, *, pages: Path = PAGES, **environ: str) -> Server:
    """One worker of the site; its chats and its log are in the folder.

    Args:
        app: ``app`` or ``app_usechat``.
        folder: the same for all workers of a site.
        pages: the example, or a copy of it.
        **environ: more variables.
    """
    command = [sys.executable, "-m", "uvicorn", f"{app}:app", "--port", "{port}"]
    told = {
        "CHAT_DB": str(folder / "chats.db"),
        "CHAT_MODELS": "sim:echo,sim:show,sim:story,sim:tools",
    }
    starting = Starting(command, "/api/models", {**os.environ, **told, **environ}, cwd=pages)
    return Server(app, starting, folder)
