from typing import Any

from . import Table
from .fs import FileSystem

def read_table(
    source: str, *, columns: list[str] | None = None, filesystem: FileSystem | None = None
) -> Table: ...
def write_table(table: Table, where: Any) -> None: ...
