"""Says in words why an import or a file is not there at run time."""

from __future__ import annotations

import importlib.abc
import sys
from typing import Any

_on = False


class _Late(importlib.abc.MetaPathFinder):
    """The last finder: whoever comes here found nothing."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if not _on:
            return None
        raise ModuleNotFoundError(
            f"{name!r} was not imported when the piece was built, and a piece has no files at run time; import it at the "
            "top of the module",
            name=name,
        )


def install() -> None:
    """Put last among the finders."""
    sys.meta_path.append(_Late())


def begin() -> None:
    """The modules of the piece are imported: what is imported from now on comes too late."""
    global _on
    _on = True


def explained(error: BaseException) -> str:
    """The way out, where an error is about files."""
    if isinstance(error, FileNotFoundError):
        return "; a piece has no files at run time: read it at the top of the module, or take it as a File property"
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return "; a piece has no threads: use asyncio"
    return ""
