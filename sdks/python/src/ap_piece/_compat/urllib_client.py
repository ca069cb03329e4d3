"""`urllib.request` over the host's HTTP."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
import urllib.response
from email.message import Message
from http.client import responses
from typing import Any

from .. import _wire
from .._host import Exchange
from ..http import CREDENTIALS, MAX_REDIRECTS, HttpError, _where


class _Handler(urllib.request.BaseHandler):
    handler_order = 100

    def http_open(self, request: Any) -> Any:
        headers = {**request.unredirected_hdrs, **request.headers}
        body = request.data or b""
        if hasattr(body, "read"):
            body = body.read()
        elif not isinstance(body, (bytes, bytearray)):
            body = b"".join(body)
        pairs = [(name.lower(), value) for name, value in headers.items() if name.lower() != "content-length"]
        if request.data is not None:
            pairs.append(("content-length", str(len(body))))
            if not any(name == "content-type" for name, _ in pairs):
                pairs.append(("content-type", "application/x-www-form-urlencoded"))
        timeout = request.timeout if isinstance(request.timeout, (int, float)) else None
        try:
            answer = _wire.send(Exchange(request.get_method(), request.full_url, pairs, bytes(body), timeout))
        except _wire.TooLong:
            raise TimeoutError("timed out") from None
        except HttpError as error:
            raise urllib.error.URLError(error.message) from error
        message = Message()
        for name, value in answer.headers:
            message[name] = value
        response = urllib.response.addinfourl(io.BytesIO(answer.content), message, request.full_url, answer.status)
        response.msg = response.reason = responses.get(answer.status, "")  # type: ignore[attr-defined]
        return response

    https_open = http_open


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = MAX_REDIRECTS

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        made = super().redirect_request(req, fp, code, msg, headers, newurl)
        if made is not None and _where(newurl) != _where(req.full_url):
            for table in (made.headers, made.unredirected_hdrs):
                for name in [name for name in table if name.lower() in CREDENTIALS]:
                    del table[name]
        return made


_PARTS = (
    _Handler,
    urllib.request.HTTPDefaultErrorHandler,
    _Redirects,
    urllib.request.HTTPErrorProcessor,
    urllib.request.DataHandler,
    urllib.request.UnknownHandler,
)


def build_opener(*handlers: Any) -> urllib.request.OpenerDirector:
    """As the standard one, with the host at its end."""
    opener = urllib.request.OpenerDirector()
    given = [handler() if isinstance(handler, type) else handler for handler in handlers]
    for part in _PARTS:
        if not any(isinstance(one, part) for one in given):
            opener.add_handler(part())
    for one in given:
        opener.add_handler(one)
    return opener


def install() -> None:
    """`urlopen` goes to the host."""
    urllib.request.build_opener = build_opener
    urllib.request.install_opener(build_opener())
    urllib.request.getproxies = lambda: {}
