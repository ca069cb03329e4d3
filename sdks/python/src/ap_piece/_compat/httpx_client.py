"""`httpx` over the host's HTTP, blocking and async."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import httpx

from .. import _wire
from .._host import Answer, Exchange
from ..http import MAX_REDIRECTS, HttpError

_HOP_HEADERS = ("connection", "content-length", "host", "transfer-encoding", "accept-encoding")
"""The host's business; without accept-encoding it decodes."""


def _exchange(request: Any, body: bytes) -> Exchange:
    headers = [(name, value) for name, value in request.headers.multi_items() if name.lower() not in _HOP_HEADERS]
    if body or request.method in ("POST", "PUT", "PATCH"):
        headers.append(("content-length", str(len(body))))
    timeout = (request.extensions.get("timeout") or {}).get("read")
    return Exchange(request.method, str(request.url), headers, body, timeout)


def _failed(error: HttpError | _wire.TooLong, request: Any) -> NoReturn:
    if isinstance(error, _wire.TooLong):
        raise httpx.ReadTimeout("no answer in time", request=request) from error
    raise (httpx.ReadTimeout if error.code == "timeout" else httpx.ConnectError)(error.message, request=request) from error


def _response(answer: Answer, request: Any) -> Any:
    return httpx.Response(answer.status, headers=answer.headers, content=answer.content, request=request)


class HTTPTransport(httpx.BaseTransport):
    """In the place of httpx's own."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def handle_request(self, request: Any) -> Any:
        """Sends one request."""
        try:
            return _response(_wire.send(_exchange(request, request.read())), request)
        except (HttpError, _wire.TooLong) as error:
            _failed(error, request)


class AsyncHTTPTransport(httpx.AsyncBaseTransport):
    """In the place of httpx's own."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    async def handle_async_request(self, request: Any) -> Any:
        """Sends one request while others go on."""
        try:
            return _response(await _wire.asend(_exchange(request, await request.aread())), request)
        except (HttpError, _wire.TooLong) as error:
            _failed(error, request)


def install() -> None:
    """Every client goes to the host."""
    for name, module in list(sys.modules.items()):
        if name == "httpx" or name.startswith("httpx."):
            for transport in (HTTPTransport, AsyncHTTPTransport):
                if hasattr(module, transport.__name__):
                    setattr(module, transport.__name__, transport)
    client = sys.modules["httpx._client"]
    client.get_environment_proxies = lambda: {}  # type: ignore[attr-defined]
    for kind in (httpx.Client, httpx.AsyncClient):
        kind.__init__.__kwdefaults__["max_redirects"] = MAX_REDIRECTS
