"""The outside for unit tests, which run in plain Python without a component: state and files in memory, requests to the run
kept for a look, the environment of the process, and real HTTP unless a test answers it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from ._host import Answer, Exchange, Waiting
from .failure import Failure
from .http import HttpError


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _really(exchange: Exchange) -> Answer:
    asked = urllib.request.Request(
        exchange.url, exchange.body or None, headers=dict(exchange.headers), method=exchange.method
    )
    try:
        with urllib.request.build_opener(_NoRedirects).open(asked, timeout=exchange.timeout or 30) as response:
            return Answer(response.status, list(response.headers.items()), response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, list(error.headers.items()), error.read())
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        code = "upstream_error"
        if isinstance(reason, TimeoutError):
            code = "timeout"
        elif isinstance(reason, ConnectionRefusedError):
            code = "connection_refused"
        raise HttpError(code, f"{exchange.url} could not be fetched: {reason}") from error


class NativeHost:
    """What a piece did to its outside, and what it finds there."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.contents: dict[str, tuple[str, str, bytes]] = {}
        self.requests: list[tuple[str, Any]] = []
        self.sent: list[Exchange] = []
        self.answer: Callable[[Exchange], Answer] = _really

    def exchange(self, request: Exchange) -> Waiting:
        self.sent.append(request)
        return self.answer(request)
        yield  # a generator that waits for nothing

    def block(self, pollable: Any, seconds: float | None) -> bool:
        raise AssertionError("nothing waits here")

    def store_get(self, scope: str, key: str) -> bytes | None:
        text = self.values.get(f"{scope}/{key}")
        return None if text is None else text.encode()

    def store_put(self, scope: str, key: str, value: bytes) -> None:
        self.values[f"{scope}/{key}"] = value.decode()

    def store_delete(self, scope: str, key: str) -> None:
        self.values.pop(f"{scope}/{key}", None)

    def store_keys(self, scope: str, prefix: str, after: str | None) -> list[str]:
        names = [key.removeprefix(f"{scope}/") for key in self.values if key.startswith(f"{scope}/{prefix}")]
        return sorted(name for name in names if after is None or name > after)[:1000]

    def file_write(self, name: str, media_type: str, content: bytes) -> str:
        reference = f"file:{len(self.contents) + 1}"
        self.contents[reference] = (name, media_type, content)
        return reference

    def file_read(self, reference: str, offset: int, max_bytes: int) -> bytes:
        if reference not in self.contents:
            raise Failure("not_found", f'no file "{reference}" was given to this call')
        return self.contents[reference][2][offset : offset + max_bytes]

    def respond(self, response: bytes) -> None:
        self.requests.append(("respond", json.loads(response)))

    def stop(self, response: bytes | None) -> None:
        self.requests.append(("stop", None if response is None else json.loads(response)))

    def wait_until(self, unix_ms: int) -> None:
        self.requests.append(("wait_until", unix_ms))

    def wait_for_webhook(self, response: bytes | None) -> str:
        self.requests.append(("wait_for_webhook", None if response is None else json.loads(response)))
        return "http://localhost/resume"
