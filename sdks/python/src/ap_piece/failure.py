"""A piece's own refusal. It is a normal result that a flow can branch on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

__all__ = ["Failure"]


class Failure(Exception):
    """Raised out of an action or trigger, it becomes the failure of the call.

    `code` is stable, machine-readable snake_case. `retry_after`: trying again after this many seconds (or a `timedelta`)
    may succeed; 0 leaves the moment to the caller. `detail`: anything more that a flow may branch on, as JSON.

        raise Failure("rate_limited", "The server asks for a pause.", retry_after=7)
    """

    def __init__(
        self, code: str, message: str, *, retry_after: float | timedelta | None = None, detail: Any = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after.total_seconds() if isinstance(retry_after, timedelta) else retry_after
        self.detail = detail

    @property
    def retry_after_ms(self) -> int | None:
        """Milliseconds, never negative; None: trying again is not known to help."""
        return None if self.retry_after is None else max(0, round(self.retry_after * 1000))
