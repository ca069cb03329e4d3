"""The standard `logging`, `print` and stderr as lines of the call's log, with levels."""

from __future__ import annotations

import io
import logging
import sys
from typing import Any

from wit_world.imports import logging as host

_LEVELS = (
    (logging.CRITICAL, host.Level.CRITICAL),
    (logging.ERROR, host.Level.ERROR),
    (logging.WARNING, host.Level.WARN),
    (logging.INFO, host.Level.INFO),
    (logging.DEBUG, host.Level.DEBUG),
)

_QUIET = ("asyncio", "charset_normalizer", "httpcore", "httpx", "requests", "urllib3")
"""Libraries that tell about each request; the host does that."""


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        level = next((one for least, one in _LEVELS if record.levelno >= least), host.Level.TRACE)
        host.log(level, "" if record.name == "root" else record.name, self.format(record))


class _Lines(io.TextIOBase):
    """What is printed, by whole lines."""

    def __init__(self, level: Any) -> None:
        self._level = level
        self._part = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._part = (self._part + text).split("\n")
        for line in lines:
            host.log(self._level, "", line)
        return len(text)

    def flush(self) -> None:
        if self._part:
            part, self._part = self._part, ""
            host.log(self._level, "", part)


def install() -> None:
    """From here on everything is a line of the call's log."""
    root = logging.getLogger()
    root.handlers[:] = [_Handler()]
    root.setLevel(logging.DEBUG)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False
    sys.stdout = sys.__stdout__ = _Lines(host.Level.INFO)  # type: ignore[assignment, misc]
    sys.stderr = sys.__stderr__ = _Lines(host.Level.WARN)  # type: ignore[assignment, misc]


def flush() -> None:
    """What was printed without an end of line."""
    sys.stdout.flush()
    sys.stderr.flush()
