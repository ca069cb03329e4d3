"""The world's imports as the outside of a piece. The build leaves out what piece.json does not ask for; what is left out
answers as the executor would."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from componentize_py_types import Err, Ok
from wit_world.imports import monotonic_clock, poll, streams
from wit_world.imports import wasi_http_types as types

from ._host import Answer, Exchange, Waiting
from .failure import Failure
from .http import HttpError, _where

try:
    from wit_world.imports import outgoing_handler
except ImportError:
    outgoing_handler = None  # type: ignore[assignment]
try:
    from wit_world.imports import store
except ImportError:
    store = None  # type: ignore[assignment]
try:
    from wit_world.imports import files
except ImportError:
    files = None  # type: ignore[assignment]
try:
    from wit_world.imports import run
except ImportError:
    run = None  # type: ignore[assignment]

T = TypeVar("T")

_CHUNK_BYTES = 256 * 1024

_CODES = {
    "HttpRequestDenied": "not_granted",
    "ConnectionRefused": "connection_refused",
    "ConnectionTimeout": "timeout",
    "ConnectionReadTimeout": "timeout",
    "ConnectionWriteTimeout": "timeout",
    "HttpResponseTimeout": "timeout",
    "DnsTimeout": "timeout",
}
"""Failure codes by wasi:http error code; the rest is `upstream_error`."""

_HINTS = {
    "HttpRequestDenied": '; add "{origin}" to capabilities.http in piece.json, or have it granted',
    "DestinationIpProhibited": "; it is no public address, and the executor does not allow this private one",
}


def _hyphened(name: str) -> str:
    """`HttpRequestDenied` → `HTTP-request-denied`, as WASI spells it."""
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).removeprefix("-")
    for word in ("http", "dns", "tls", "ip", "uri"):
        words = "-".join(part.upper() if part == word else part for part in words.split("-"))
    return words


def _refused(url: str, error: Any) -> HttpError:
    name = type(error).__name__.removeprefix("ErrorCode_")
    value = getattr(error, "value", None)
    detail = "" if value is None else f" ({value})"
    hint = _HINTS.get(name, "").format(origin=_where(url))
    message = f"{_where(url)} could not be fetched: {_hyphened(name)}{detail}{hint}"
    return HttpError(_CODES.get(name, "upstream_error"), message)


def _lost(url: str, error: Any) -> HttpError:
    """A body that broke off: the stream's error holds HTTP's."""
    if isinstance(error, streams.StreamError_LastOperationFailed):
        with error.value as io_error:
            code = types.http_error_code(io_error)
        if code is not None:
            return _refused(url, code)
    return HttpError("upstream_error", f"{_where(url)} could not be fetched: the connection was lost")


def _method(method: str) -> Any:
    known = getattr(types, f"Method_{method.capitalize()}", None)
    return types.Method_Other(method) if known is None or method == "OTHER" else known()


def _request(exchange: Exchange) -> Any:
    parts = urlsplit(exchange.url)
    try:
        # Header values are bytes on the wire, a character each in a text.
        fields = types.Fields.from_list([(name, value.encode("latin-1")) for name, value in exchange.headers])
        made = types.OutgoingRequest(fields)
        made.set_method(_method(exchange.method))
        made.set_scheme(types.Scheme_Https() if parts.scheme == "https" else types.Scheme_Http())
        made.set_authority(parts.netloc)
        made.set_path_with_query(f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")
    except UnicodeEncodeError as error:
        raise HttpError("invalid_input", f"a header holds {error.object!r}, which is no Latin-1; encode it") from None
    except Err:
        raise HttpError("invalid_input", f"the request to {_where(exchange.url)} is not valid: its method or a header") from None
    return made


def _send_body(stream: Any, body: bytes) -> Generator[Any, None, None]:
    left = memoryview(body)
    while left:
        room = stream.check_write()
        if room == 0:
            with stream.subscribe() as pollable:
                yield pollable
            continue
        stream.write(bytes(left[:room]))
        left = left[room:]
    stream.flush()


def _head(url: str, future: Any) -> Generator[Any, None, Any]:
    """Waits for the head of the answer and returns it."""
    while (result := future.get()) is None:
        with future.subscribe() as pollable:
            yield pollable
    inner = result.value if isinstance(result, Ok) else None
    if isinstance(inner, Ok):
        return inner.value
    raise _refused(url, inner.value if inner is not None else result.value)


def _body(url: str, response: Any) -> Generator[Any, None, bytes]:
    chunks: list[bytes] = []
    with response.consume() as body, body.stream() as stream:
        while True:
            try:
                chunk = stream.read(_CHUNK_BYTES)
            except Err as error:
                if isinstance(error.value, streams.StreamError_Closed):
                    return b"".join(chunks)
                raise _lost(url, error.value) from None
            if chunk:
                chunks.append(chunk)
                continue
            with stream.subscribe() as pollable:
                yield pollable


@contextmanager
def _asking() -> Iterator[None]:
    """A refusal of the host arrives as the WIT record and leaves as the SDK's own class."""
    try:
        yield
    except Err as error:
        refusal = error.value
        after = refusal.retry_after_ms
        raise Failure(refusal.code, refusal.message, retry_after=None if after is None else after / 1000) from None


def _not_asked(capability: str) -> NoReturn:
    raise Failure("not_granted", f'piece.json does not ask for "{capability}"; add capabilities.{capability}')


def _ask(module: Any, capability: str, ask: Callable[[Any], T]) -> T:
    if module is None:
        _not_asked(capability)
    with _asking():
        return ask(module)


class WasmHost:
    """The outside of a component."""

    def exchange(self, request: Exchange) -> Waiting:
        """Sends the request and its body, and reads the answer whole."""
        if outgoing_handler is None:
            raise _refused(request.url, types.ErrorCode_HttpRequestDenied())
        url = request.url
        made = _request(request)
        out = made.body() if request.body else None
        try:
            future = outgoing_handler.handle(made, None)
        except Err as error:
            if out is not None:
                out.__exit__(None, None, None)
            raise _refused(url, error.value) from None
        with future:
            if out is not None:
                try:
                    with out.write() as stream:
                        yield from _send_body(stream, request.body)
                    types.OutgoingBody.finish(out, None)
                except Err:
                    # A server may answer before it has read everything: then its answer counts, not the broken stream.
                    out.__exit__(None, None, None)
            response = yield from _head(url, future)
        with response:
            status = response.status()
            with response.headers() as fields:
                headers = [(name, value.decode("latin-1")) for name, value in fields.entries()]
            content = yield from _body(url, response)
        return Answer(status, headers, content)

    def block(self, pollable: Any, seconds: float | None) -> bool:
        """Waits for one pollable, so long at most; whether it is ready."""
        if seconds is None:
            pollable.block()
            return True
        with monotonic_clock.subscribe_duration(max(0, int(seconds * 1e9))) as timer:
            return 0 in poll.poll([pollable, timer])

    def store_get(self, scope: str, key: str) -> bytes | None:
        """The value's bytes."""
        found: bytes | None = _ask(store, "store", lambda it: it.get(it.Scope[scope.upper()], key))
        return found

    def store_put(self, scope: str, key: str, value: bytes) -> None:
        """Keeps the bytes."""
        _ask(store, "store", lambda it: it.put(it.Scope[scope.upper()], key, value))

    def store_delete(self, scope: str, key: str) -> None:
        """Forgets them."""
        _ask(store, "store", lambda it: it.delete(it.Scope[scope.upper()], key))

    def store_keys(self, scope: str, prefix: str, after: str | None) -> list[str]:
        """Keys in order."""
        return list(_ask(store, "store", lambda it: it.keys(it.Scope[scope.upper()], prefix, after)))

    def file_write(self, name: str, media_type: str, content: bytes) -> str:
        """Stores the bytes."""
        return str(_ask(files, "files", lambda it: it.write(name, media_type, content)))

    def file_read(self, reference: str, offset: int, max_bytes: int) -> bytes:
        """A part of a file."""
        return bytes(_ask(files, "files", lambda it: it.read(reference, offset, max_bytes)))

    def respond(self, response: bytes) -> None:
        """Answers the run's request."""
        _ask(run, "run", lambda it: it.respond(response))

    def stop(self, response: bytes | None) -> None:
        """Ends the run."""
        _ask(run, "run", lambda it: it.stop(response))

    def wait_until(self, unix_ms: int) -> None:
        """Pauses the run."""
        _ask(run, "run", lambda it: it.wait_until(unix_ms))

    def wait_for_webhook(self, response: bytes | None) -> str:
        """Pauses the run for a webhook."""
        return str(_ask(run, "run", lambda it: it.wait_for_webhook(response)))
