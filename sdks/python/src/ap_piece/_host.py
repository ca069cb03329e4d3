"""What a piece asks of the outside. In a component it is the world's imports; elsewhere, in unit tests, a stand-in."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass
class Exchange:
    """One request as it goes over the wire; nothing follows its redirects."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes
    timeout: float | None
    """Seconds for all of it; None: the executor's own limits."""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes


Waiting = Generator[Any, None, Answer]
"""Yields what it waits for (a pollable of the host) and returns the answer."""


class Host(Protocol):
    """The outside of a piece. `block` waits for what an exchange waits for, so long at most; False: it was not ready."""

    def exchange(self, request: Exchange) -> Waiting: ...
    def block(self, pollable: Any, seconds: float | None) -> bool: ...

    def store_get(self, scope: str, key: str) -> bytes | None: ...
    def store_put(self, scope: str, key: str, value: bytes) -> None: ...
    def store_delete(self, scope: str, key: str) -> None: ...
    def store_keys(self, scope: str, prefix: str, after: str | None) -> list[str]: ...

    def file_write(self, name: str, media_type: str, content: bytes) -> str: ...
    def file_read(self, reference: str, offset: int, max_bytes: int) -> bytes: ...

    def respond(self, response: bytes) -> None: ...
    def stop(self, response: bytes | None) -> None: ...
    def wait_until(self, unix_ms: int) -> None: ...
    def wait_for_webhook(self, response: bytes | None) -> str: ...


_current: Host | None = None
_building = False


def set_host(host: Host) -> None:
    """The outside for all that follows."""
    global _current
    _current = host


def set_building(building: bool) -> None:
    """True while the build runs the modules of the piece once: nothing answers there, and what is read would be frozen."""
    global _building
    _building = building


def is_building() -> bool:
    """Whether the modules of the piece are run for the snapshot."""
    return _building


def host() -> Host:
    """The outside; made for a unit test where none was set."""
    if _building:
        raise RuntimeError(
            "the outside has no use at module level: a piece is built once and started often. Call it inside a function."
        )
    if _current is None:
        from ._native import NativeHost

        set_host(NativeHost())
    assert _current is not None
    return _current
