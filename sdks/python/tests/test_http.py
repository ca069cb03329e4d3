import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from ap_piece import Failure, http
from ap_piece.http import Headers, Response, retry_after_of
from ap_piece.testing import Exchange, Outside, new_outside


@pytest.fixture
def outside() -> Outside:
    return new_outside()


@pytest.mark.parametrize(
    ("status", "code", "after"),
    [
        (401, "unauthorized", None), (403, "unauthorized", None), (404, "not_found", None), (429, "rate_limited", 7000),
        (500, "upstream_error", None), (503, "upstream_error", 0), (422, "request_refused", None),
    ],
)  # fmt: skip
def test_a_status_fails(outside: Outside, status: int, code: str, after: int | None) -> None:
    headers = {"Retry-After": "7"} if after else {}
    outside.serve(Response(status, headers, b"why"))
    response = http.get("https://a.example/x")
    with pytest.raises(Failure) as refused:
        response.raise_for_status()
    failure = refused.value
    assert (failure.code, failure.retry_after_ms) == (code, after)
    assert failure.detail == {"status": status, "body": "why"}
    assert failure.message == f"https://a.example answered {status}"


def test_a_success_is_handed_on(outside: Outside) -> None:
    outside.serve(Response(200, json={"ä": 1}))
    response = http.get("https://a.example/", params={"q": "a b", "no": None})
    assert response.raise_for_status() is response
    assert response.json() == {"ä": 1}
    assert outside.sent[0].url == "https://a.example/?q=a+b"


@pytest.mark.parametrize(
    ("more", "body", "kind"),
    [
        ({"json": {"a": "ü"}}, '{"a":"ü"}', "application/json"),
        ({"data": {"a": "b c"}}, "a=b+c", "application/x-www-form-urlencoded"),
        ({"data": "text"}, "text", "text/plain;charset=UTF-8"),
        ({"data": "<a/>", "headers": {"Content-Type": "text/xml"}}, "<a/>", "text/xml"),
        ({"data": b"\x00"}, "\x00", None),
    ],
)
def test_bodies(outside: Outside, more: dict[str, Any], body: str, kind: str | None) -> None:
    outside.serve(Response(204))
    http.post("https://a.example/", **more)
    sent = outside.sent[0]
    assert sent.body.decode() == body
    assert dict(sent.headers).get("content-type") == kind
    assert dict(sent.headers)["content-length"] == str(len(sent.body))


def redirecting(table: dict[str, tuple[int, str]]) -> Any:
    def answer(exchange: Exchange) -> Response:
        if exchange.url in table:
            status, location = table[exchange.url]
            return Response(status, {"Location": location})
        return Response(200, json={"url": exchange.url})

    return answer


def test_redirects_are_followed_and_credentials_stay(outside: Outside) -> None:
    outside.serve(redirecting({
        "https://a.example/1": (307, "/2"), "https://a.example/2": (303, "https://b.example/3"),
    }))  # fmt: skip
    headers = {"Authorization": "Bearer x", "Cookie": "c", "X-Mine": "y"}
    response = http.post("https://a.example/1", json={}, headers=headers)
    assert response.url == "https://b.example/3"
    first, second, third = outside.sent
    assert (first.method, second.method, third.method) == ("POST", "POST", "GET")
    assert dict(second.headers)["authorization"] == "Bearer x"
    assert {"authorization", "cookie", "content-type"}.isdisjoint(dict(third.headers))
    assert dict(third.headers)["x-mine"] == "y"


def test_redirects_can_be_handed_out_or_refused_and_have_an_end(outside: Outside) -> None:
    outside.serve(redirecting({"https://a.example/": (302, "/")}))
    assert http.get("https://a.example/", redirect="manual").status == 302
    with pytest.raises(Failure, match='redirect is "error"'):
        http.get("https://a.example/", redirect="error")
    with pytest.raises(Failure, match="redirects more than 5 times"):
        http.get("https://a.example/")
    assert len(outside.sent) == 2 + 6


@pytest.mark.parametrize("url", ["ftp://a.example", "/x", "https://", "https://user:secret@a.example/"])
def test_what_is_no_address_is_refused(outside: Outside, url: str) -> None:
    with pytest.raises(Failure) as refused:
        http.get(url)
    assert refused.value.code == "invalid_input"
    assert outside.sent == []


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example", "https://a.example/"), ("https://a.example?q", "https://a.example/?q"),
        ("https://a.example/ä b?c=ü#part", "https://a.example/%C3%A4%20b?c=%C3%BC"),
        ("https://a.example/a%20b?c=%2F", "https://a.example/a%20b?c=%2F"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)  # fmt: skip
def test_addresses_go_out_in_ascii(outside: Outside, url: str, sent: str) -> None:
    outside.serve(Response(204))
    http.get(url)
    assert outside.sent[0].url == sent


@pytest.mark.parametrize(
    ("header", "now", "expected"),
    [
        ("3", 0, 3), ("Thu, 01 Jan 1970 00:00:10 GMT", 4, 6), ("Thu, 01 Jan 1970 00:00:01 GMT", 4, 0), ("soon", 0, None),
        (None, 0, None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(header: str | None, now: float, expected: float | None) -> None:
    assert retry_after_of(header, now) == expected


def test_headers_have_no_case_and_keep_what_came() -> None:
    headers = Headers([("Set-Cookie", "a"), ("set-cookie", "b"), ("X", "1")])
    assert headers["SET-COOKIE"] == "a, b"
    assert "x" in headers
    assert headers.pairs[1] == ("set-cookie", "b")


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        (b"\xe4", "text/plain; charset=latin-1", "ä"), ("ä".encode(), "text/plain", "ä"), (b"\xff", "text/plain", "\ufffd"),
        (b"x", "text/plain; charset=nonsense", "x"), ("\ufeffx".encode(), "", "x"),
    ],
)  # fmt: skip
def test_text_is_in_the_charset_that_the_server_names(content: bytes, kind: str, text: str) -> None:
    assert Response(200, {"content-type": kind}, content).text == text


class _Server(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(json.dumps({"got": body.decode()}).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def real() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_without_an_answer_of_the_test_http_is_real(outside: Outside, real: str) -> None:
    response = http.post(real, data="hi")
    assert (response.status, response.json()) == (201, {"got": "hi"})


def test_several_at_once(outside: Outside, real: str) -> None:
    async def all() -> list[Any]:
        return await asyncio.gather(*[http.apost(real, data=str(n)) for n in range(3)])

    assert [one.json() for one in asyncio.run(all())] == [{"got": "0"}, {"got": "1"}, {"got": "2"}]


def test_a_refused_connection_has_its_code(outside: Outside) -> None:
    with pytest.raises(Failure) as refused:
        http.get("http://127.0.0.1:1/")
    assert refused.value.code == "connection_refused"
