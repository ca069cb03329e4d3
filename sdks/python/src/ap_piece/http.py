"""HTTP, in the manner of `requests`. Each request must be granted: capabilities.http of piece.json names the host.

    posts = http.get("https://example.com/posts", params={"page": 1}).raise_for_status().json()

`requests`, `httpx` and `urllib` work too where a piece imports them. In an async function `await http.aget(…)` and its kin
wait without holding up the others.
"""

from __future__ import annotations

import json as _json
import re
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, urlencode, urljoin, urlsplit

from . import _wire
from ._host import Answer, Exchange
from .failure import Failure
from .version import VERSION

__all__ = [
    "Headers",
    "HttpError",
    "MAX_REDIRECTS",
    "Response",
    "adelete",
    "aget",
    "apatch",
    "apost",
    "aput",
    "arequest",
    "code_of",
    "delete",
    "get",
    "patch",
    "post",
    "put",
    "request",
    "retry_after_of",
]

MAX_REDIRECTS = 5
"""At most so many redirects are followed, each granted and checked anew; credentials stay with their origin."""

_EXCERPT_CHARS = 2000
CREDENTIALS = ("authorization", "cookie", "proxy-authorization")
"""Headers that a redirect to another origin drops."""

Redirect: TypeAlias = Literal["follow", "manual", "error"]


class HttpError(Failure):
    """A request that got no answer: `not_granted`, `connection_refused`, `timeout`, `upstream_error`."""


class Headers(Mapping[str, str]):
    """Headers by name, whatever its case; several of one name are joined by `, `."""

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        self.pairs = list(pairs)
        """As they came."""
        self._values: dict[str, str] = {}
        for name, value in self.pairs:
            key = name.lower()
            self._values[key] = f"{self._values[key]}, {value}" if key in self._values else value

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values


class Response:
    """An answer, whatever its status."""

    def __init__(
        self,
        status: int,
        headers: Headers | Mapping[str, str] | None = None,
        content: bytes = b"",
        url: str = "",
        json: Any = None,
    ) -> None:
        """`json` is for tests: a value to answer with."""
        if json is not None:
            content = _json.dumps(json).encode()
            headers = {"content-type": "application/json", **(headers or {})}
        self.status = status
        self.headers = headers if isinstance(headers, Headers) else Headers(list((headers or {}).items()))
        self.content = content
        """The body's bytes, decoded from gzip and its like."""
        self.url = url
        """Where it came from, after redirects."""

    @property
    def ok(self) -> bool:
        """Whether the status is a success, 200 to 299."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text, in the charset that the server names, else UTF-8; what cannot be read is U+FFFD."""
        named = re.search(r"charset=\"?([^\s;\"]+)", self.headers.get("content-type", ""))
        try:
            return self.content.decode(named.group(1) if named else "utf-8-sig", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; raises `upstream_error` where it is none."""
        try:
            return _json.loads(self.content)
        except ValueError as error:
            raise Failure("upstream_error", f"{_where(self.url)} answered with no JSON: {error}") from error

    def raise_for_status(self) -> Response:
        """The response if it is a success (2xx); else raises its failure: `unauthorized`, `not_found`, `rate_limited` with
        the pause that the server asks for, `upstream_error` or `request_refused`, with status and the begin of the body as
        detail."""
        if self.ok:
            return self
        raise refusal(self.status, self.headers.get("retry-after"), self.text, self.url)

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.url}>"


def _where(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "the server"


def code_of(status: int) -> str:
    """The failure code of a status that is no success; the same in every SDK."""
    if status in (401, 403):
        return "unauthorized"
    if status == 404:
        return "not_found"
    if status == 429:
        return "rate_limited"
    return "upstream_error" if status >= 500 else "request_refused"


def retry_after_of(header: str | None, now: float | None = None) -> float | None:
    """Seconds of a Retry-After header, which holds seconds or a date; None where it says nothing. `now`: seconds since
    1970."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        date = datetime.strptime(header.strip(), "%a, %d %b %Y %H:%M:%S GMT")
    except ValueError:
        return None
    moment = date.replace(tzinfo=timezone.utc).timestamp()
    return max(0.0, moment - (time.time() if now is None else now))


def refusal(status: int, retry_after: str | None, text: str, url: str) -> Failure:
    """An answer that is a refusal, as the failure that it means."""
    after = retry_after_of(retry_after)
    if after is None and status in (429, 503):
        after = 0.0
    detail = {"status": status, "body": text[:_EXCERPT_CHARS]}
    return Failure(code_of(status), f"{_where(url)} answered {status}", retry_after=after, detail=detail)


_SAFE = "!#$%&'()*+,/:;=?@[]~"


def _on_the_wire(url: str) -> str:
    """The address in ASCII, as servers read it: characters of other scripts and blanks are escaped, what is escaped already
    stays."""
    parts = urlsplit(url)
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    return f"{parts.scheme}://{host}{quote(parts.path, safe=_SAFE) or '/'}{query}"


class _Sending:
    """A request on its way over its redirects."""

    def __init__(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        json: Any,
        data: Mapping[str, Any] | bytes | str | None,
        auth: tuple[str, str] | None,
        timeout: float | None,
        redirect: Redirect,
    ) -> None:
        query = urlencode({k: v for k, v in (params or {}).items() if v is not None}, doseq=True)
        self.url = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
        self.first = self.url
        self.method = method.upper()
        self.headers = {name.lower(): str(value) for name, value in (headers or {}).items()}
        self.body = b""
        self._has_body = json is not None or data is not None
        self._timeout = timeout
        self._ends = None if timeout is None else time.monotonic() + timeout
        self._redirect = redirect
        self._hops = 0
        if json is not None:
            self.body = _json.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
            self.headers.setdefault("content-type", "application/json")
        elif isinstance(data, Mapping):
            self.body = urlencode(data, doseq=True).encode()
            self.headers.setdefault("content-type", "application/x-www-form-urlencoded")
        elif isinstance(data, str):
            self.body = data.encode()
            self.headers.setdefault("content-type", "text/plain;charset=UTF-8")
        elif data is not None:
            self.body = bytes(data)
        if auth is not None:
            self.headers["authorization"] = "Basic " + b64encode(":".join(auth).encode()).decode()
        self.headers.setdefault("accept", "*/*")
        self.headers.setdefault("user-agent", f"ap-wasm/{VERSION}")

    def exchange(self) -> Exchange:
        """The next hop."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise HttpError("invalid_input", f"{self.url!r} cannot be fetched; use https: or http:")
        if parts.username is not None:
            raise HttpError("invalid_input", "a URL to fetch must not hold a user name or password; use a header")
        headers = dict(self.headers)
        if self.body or (self._has_body or self.method in ("POST", "PUT")):
            headers["content-length"] = str(len(self.body))
        left = None if self._ends is None else max(0.0, self._ends - time.monotonic())
        return Exchange(self.method, _on_the_wire(self.url), list(headers.items()), self.body, left)

    def too_long(self) -> HttpError:
        """What its time-out means."""
        return HttpError("timeout", f"{_where(self.url)} did not answer within {self._timeout:g} seconds")

    def settle(self, answer: Answer) -> Response | None:
        """The response, or None where a redirect is to be followed."""
        headers = Headers(answer.headers)
        location = headers.get("location") if answer.status in (301, 302, 303, 307, 308) else None
        if location is None or self._redirect == "manual":
            return Response(answer.status, headers, answer.content, self.url)
        if self._redirect == "error":
            raise HttpError("upstream_error", f'{_where(self.url)} redirects, and redirect is "error"')
        if self._hops == MAX_REDIRECTS:
            raise HttpError("upstream_error", f"{self.first} redirects more than {MAX_REDIRECTS} times")
        self._hops += 1
        target = urljoin(self.url, location)
        if _where(target) != _where(self.url):
            self.headers = {name: value for name, value in self.headers.items() if name not in CREDENTIALS}
        if (answer.status == 303 and self.method != "HEAD") or (answer.status < 303 and self.method == "POST"):
            self.method, self.body, self._has_body = "GET", b"", False
            self.headers = {name: value for name, value in self.headers.items() if not name.startswith("content-")}
        self.url = target
        return None


def request(
    method: str,
    url: str,
    *,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    data: Mapping[str, Any] | bytes | str | None = None,
    auth: tuple[str, str] | None = None,
    timeout: float | None = None,
    redirect: Redirect = "follow",
) -> Response:
    """Sends a request and returns the whole answer, whatever its status; raises HttpError where there is none.

    `params` go into the query, None left out; `json` is sent as JSON, a mapping in `data` as a form, bytes and text as they
    are; `auth` is a user name and password; `timeout` (seconds) holds for all of it, redirects and body too.
    """
    sending = _Sending(method, url, params, headers, json, data, auth, timeout, redirect)
    try:
        while (response := sending.settle(_wire.send(sending.exchange()))) is None:
            pass
    except _wire.TooLong as error:
        raise sending.too_long() from error
    return response


async def arequest(
    method: str,
    url: str,
    *,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    data: Mapping[str, Any] | bytes | str | None = None,
    auth: tuple[str, str] | None = None,
    timeout: float | None = None,
    redirect: Redirect = "follow",
) -> Response:
    """`request` for an async function: others go on while it waits."""
    sending = _Sending(method, url, params, headers, json, data, auth, timeout, redirect)
    try:
        while (response := sending.settle(await _wire.asend(sending.exchange()))) is None:
            pass
    except _wire.TooLong as error:
        raise sending.too_long() from error
    return response


def get(url: str, **more: Any) -> Response:
    """`request("GET", url, …)`."""
    return request("GET", url, **more)


def post(url: str, **more: Any) -> Response:
    """`request("POST", url, …)`."""
    return request("POST", url, **more)


def put(url: str, **more: Any) -> Response:
    """`request("PUT", url, …)`."""
    return request("PUT", url, **more)


def patch(url: str, **more: Any) -> Response:
    """`request("PATCH", url, …)`."""
    return request("PATCH", url, **more)


def delete(url: str, **more: Any) -> Response:
    """`request("DELETE", url, …)`."""
    return request("DELETE", url, **more)


async def aget(url: str, **more: Any) -> Response:
    """`await arequest("GET", url, …)`."""
    return await arequest("GET", url, **more)


async def apost(url: str, **more: Any) -> Response:
    """`await arequest("POST", url, …)`."""
    return await arequest("POST", url, **more)


async def aput(url: str, **more: Any) -> Response:
    """`await arequest("PUT", url, …)`."""
    return await arequest("PUT", url, **more)


async def apatch(url: str, **more: Any) -> Response:
    """`await arequest("PATCH", url, …)`."""
    return await arequest("PATCH", url, **more)


async def adelete(url: str, **more: Any) -> Response:
    """`await arequest("DELETE", url, …)`."""
    return await arequest("DELETE", url, **more)
