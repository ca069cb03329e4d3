"""`requests` over the host's HTTP."""

from __future__ import annotations

import io
from typing import Any

import requests
import urllib3

from .. import _wire
from .._host import Exchange
from ..http import MAX_REDIRECTS, HttpError

_HOP_HEADERS = ("connection", "content-length", "host", "transfer-encoding", "accept-encoding")
"""The host's business; without accept-encoding it decodes."""


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        read = body.read()
        return read.encode() if isinstance(read, str) else bytes(read)
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b"".join(body)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _send(
    self: Any, request: Any, stream: bool = False, timeout: Any = None, verify: Any = True, cert: Any = None, proxies: Any = None
) -> Any:
    body = _bytes(request.body)
    headers = [(_text(name), _text(value)) for name, value in request.headers.items() if _text(name).lower() not in _HOP_HEADERS]
    if body or request.method in ("POST", "PUT", "PATCH"):
        headers.append(("content-length", str(len(body))))
    seconds = timeout[-1] if isinstance(timeout, tuple) else timeout
    try:
        answer = _wire.send(Exchange(request.method, request.url, headers, body, seconds))
    except _wire.TooLong as error:
        raise requests.exceptions.ReadTimeout(f"no answer within {seconds} seconds", request=request) from error
    except HttpError as error:
        kind = requests.exceptions.Timeout if error.code == "timeout" else requests.exceptions.ConnectionError
        raise kind(error.message, request=request) from error
    raw = urllib3.HTTPResponse(
        io.BytesIO(answer.content),
        headers=urllib3.HTTPHeaderDict(answer.headers),
        status=answer.status,
        preload_content=False,
        decode_content=False,
        request_method=request.method,
        request_url=request.url,
    )
    return self.build_response(request, raw)


def install() -> None:
    """Every session goes to the host; proxies and .netrc are no business of a piece."""
    requests.adapters.HTTPAdapter.send = _send
    requests.sessions.DEFAULT_REDIRECT_LIMIT = MAX_REDIRECTS
    requests.sessions.get_netrc_auth = lambda *_, **__: None
    requests.sessions.get_environ_proxies = lambda *_, **__: {}
