"""A LangChain chat model over any provider and middleware of Chimeric.

Example:
    .. code-block:: python

        from chimeric import Chimeric
        from chimeric_langchain import ChatChimeric

        model = ChatChimeric(model="sim:story", client=Chimeric())
        for chunk in model.stream("Tell me about tides"):
            print(chunk.text, end="")
"""

from __future__ import annotations

from . import versions

versions.check()  # before anything of the framework is imported: it may have other names

from .model import ChatChimeric  # noqa: E402

__all__ = ["ChatChimeric"]
