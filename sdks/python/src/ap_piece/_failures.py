"""Any exception as a failure: what is no refusal is a bug, with its place in the author's files."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from typing import Any

from ._compat import late
from .failure import Failure
from .http import HttpError, refusal

_SDK = os.path.dirname(os.path.abspath(__file__))
_CLIENTS = ("httpx", "requests", "urllib")

home = ""
"""The folder of the author's modules, while they had files."""
packages = ""
"""The folder of the packages."""


def to_failure(error: BaseException) -> Failure:
    """The failure of a call whose function raised it."""
    # A group of tasks fails with the first of them.
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, Failure):
        return error
    if type(error).__module__.partition(".")[0] in _CLIENTS:
        refused = _refused(error)
        if refused is not None:
            return refused
    if isinstance(error, TimeoutError):
        return Failure("timeout", str(error) or "it took too long")
    return _bug(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _refused(error: Any) -> Failure | None:
    """The failure that another client's error stands for."""
    for cause in _causes(error):
        if isinstance(cause, HttpError):
            return Failure(cause.code, cause.message, retry_after=cause.retry_after, detail=cause.detail)
        if isinstance(cause, TimeoutError):
            return Failure("timeout", str(error))
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if type(error).__name__ == "TooManyRedirects" or (isinstance(status, int) and status < 400):
        return Failure("upstream_error", str(error))
    if response is not None and isinstance(status, int):
        return refusal(status, response.headers.get("retry-after"), response.text, str(response.url))
    if type(error).__name__ == "HTTPError" and hasattr(error, "code"):
        if error.code < 400:
            return Failure("upstream_error", str(error))
        text = error.read().decode("utf-8", "replace") if error.fp is not None else ""
        return refusal(error.code, error.headers.get("retry-after"), text, error.url or "")
    return None


def _shown(filename: str) -> str | None:
    """A file as its author knows it; None for the SDK's own."""
    if filename.startswith(_SDK) or filename.endswith("/ap_entry.py"):
        return None
    if home and filename.startswith(f"{home}/"):
        return f"src{filename[len(home) :]}"
    if packages and filename.startswith(f"{packages}/"):
        return f"site-packages{filename[len(packages) :]}"
    return filename


def _own(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith("src/")


def _tidy(told: traceback.TracebackException | None, seen: set[int]) -> None:
    """Names files as the author knows them, and begins where the author's code does."""
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    frames = []
    for frame in told.stack:
        shown = _shown(frame.filename)
        if shown is not None:
            frame.filename = shown
            # Marks below a line cost more to compute than they say.
            frame.colno = frame.end_colno = None
            frames.append(frame)
    first = next((index for index, frame in enumerate(frames) if _own(frame)), 0)
    told.stack[:] = frames[first:]
    _tidy(told.__cause__, seen)
    _tidy(told.__context__, seen)


def _words(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = "<its text cannot be made>"
    if isinstance(error, SystemExit):
        text = f"the piece called sys.exit({text}), which ends nothing here; return, or raise a Failure"
    return text + late.explained(error)


def _bug(error: BaseException) -> Failure:
    name = type(error).__name__
    said = f"{name}: {words}" if (words := _words(error)) else name
    try:
        told = traceback.TracebackException.from_exception(error)
        _tidy(told, set())
        frames = list(told.stack)
        stack = "".join(told.format()).rstrip()
    except Exception:
        return Failure("internal_error", said)
    place = next((frame for frame in reversed(frames) if _own(frame)), frames[-1] if frames else None)
    if place is None:
        return Failure("internal_error", said, detail={"stack": stack})
    detail = {"file": place.filename, "line": place.lineno, "stack": stack}
    return Failure("internal_error", f"{said} ({place.filename}:{place.lineno})", detail=detail)
