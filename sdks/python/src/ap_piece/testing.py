"""Calls a piece in an author's unit tests, in plain Python, without a component. Store and files are in memory; HTTP is real
unless a test answers it. `ap-wasm test` runs the real component.

    outside = new_outside()
    outside.serve(Response(200, json={"id": 7}))
    assert run_action(piece, "get_post", {"id": 7}, auth=…) == {"id": 7}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from . import _describe, _handler, _resolve
from ._host import Answer, Exchange, set_host
from ._native import NativeHost
from .files import File, media_type_of
from .http import Response
from .piece import Piece

__all__ = ["Exchange", "Hook", "Outside", "describe", "new_outside", "resolve", "run_action", "run_trigger"]

Hook = Literal["on-enable", "on-disable", "on-start", "on-renew", "handshake", "run", "test"]


class Outside(NativeHost):
    """What a piece did to its outside, and what it finds there: `values` of the store by `<scope>/<key>` as JSON text,
    `contents` of files by reference as (name, media type, bytes), `requests` to the run in order, `sent` HTTP requests."""

    def serve(self, answer: Response | Callable[[Exchange], Response]) -> None:
        """Answers every HTTP request from now on: always the same, or as a function says."""

        def answered(exchange: Exchange) -> Answer:
            response = answer(exchange) if callable(answer) else answer
            return Answer(response.status, response.headers.pairs, response.content)

        self.answer = answered

    def add_file(self, name: str, data: bytes | str, media_type: str | None = None) -> dict[str, Any]:
        """Puts a file there and returns the value of a FILE property for it."""
        content = data.encode() if isinstance(data, str) else data
        kind = media_type or media_type_of(name)
        file = File(name, kind, len(content), self.file_write(name, kind, content))
        return {"filename": name, "mediaType": kind, "size": file.size, "reference": file.reference}


def new_outside() -> Outside:
    """A new, empty outside for the calls that follow."""
    outside = Outside()
    set_host(outside)
    return outside


def _travelled(piece: Piece, value: Any) -> Any:
    """The value as it comes out of a component: what JSON leaves of it."""
    return piece.encoding.decode(piece.encoding.encode(value))


def _input(
    props: Mapping[str, Any] | None, auth: Any, run: Mapping[str, Any] | None, more: Mapping[str, Any]
) -> dict[str, Any]:
    return {"props": dict(props or {}), "auth": auth, "run": dict(run or {}), **more}


def run_action(
    piece: Piece, name: str, props: Mapping[str, Any] | None = None, *, auth: Any = None, run: Mapping[str, Any] | None = None
) -> Any:
    """Runs an action and returns its result; raises its `Failure`. `auth` and `run` are in the contract's form:
    `{"type": "SECRET_TEXT", "secret_text": "…"}`, `{"id": "…", "executionType": "RESUME"}`."""
    return _travelled(piece, _handler.run_action(piece, name, _input(props, auth, run, {})))


def run_trigger(
    piece: Piece,
    name: str,
    hook: Hook,
    props: Mapping[str, Any] | None = None,
    *,
    auth: Any = None,
    run: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
    webhook_url: str | None = None,
) -> Any:
    """Runs one hook of a trigger; `payload` is `{"body": …, "headers": {}, "queryParams": {}}`."""
    given = _input(props, auth, run, {"payload": payload, "webhookUrl": webhook_url})
    return _travelled(piece, _handler.run_trigger(piece, name, hook, given))


def resolve(
    piece: Piece,
    path: str,
    props: Mapping[str, Any] | None = None,
    *,
    auth: Any = None,
    search: str | None = None,
    payload: Mapping[str, Any] | None = None,
    secret: str | None = None,
) -> Any:
    """Computes what stands at a path: `actions/<action>/props/<property>`, `auth/validate` …"""
    given = _input(props, auth, None, {"searchValue": search, "payload": payload, "secret": secret})
    return _travelled(piece, _resolve.resolve(piece, path, given))


def describe(piece: Piece) -> Any:
    """The description that the piece's component returns."""
    return _travelled(piece, _describe.describe(piece))
