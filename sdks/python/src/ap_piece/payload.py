"""Values as JSON: bytes as base64 text, integers that a double cannot hold as decimal text."""

from __future__ import annotations

import base64
import dataclasses
import json as _json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timezone
from enum import Enum
from typing import Any

from .failure import Failure

__all__ = ["Encoding", "json"]


@dataclasses.dataclass(frozen=True)
class Encoding:
    """How a piece's payloads are encoded; JSON unless `Piece` is given another."""

    name: str
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


class Formed:
    """A value of the SDK that has a form of its own in the contract."""

    def contract(self) -> dict[str, Any]:
        """The contract's form."""
        raise NotImplementedError


MAX_EXACT = 2**53
"""The largest whole number that every reader of JSON holds exactly."""


def plain(value: Any) -> Any:
    """A value that JSON does not know as one that it does; raises TypeError for what has no such form."""
    if isinstance(value, Formed):
        return value.contract()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    if type(value).__module__ in ("decimal", "uuid", "fractions", "pathlib", "ipaddress"):
        return str(value)
    raise TypeError(f"there is no form for a value of type {type(value).__qualname__}")


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC; a moment without zone is UTC already."""
    utc = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utf8(text: str) -> bytes:
    """The text's bytes. Half a surrogate pair is no character, and a payload must not hold it: U+FFFD stands there."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _plain_json(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    return plain(value)


_LONG_INTEGER = re.compile(r"\d{16}")
"""Only a text that holds this can hold an integer beyond 2^53; most do not, and need not be walked."""


def _exact(value: Any) -> Any:
    """The same with integers that a double cannot hold as decimal text."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise ValueError(f"{value} does not fit in 64 bits")
        return value if -MAX_EXACT <= value <= MAX_EXACT else str(value)
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(item) for item in value]
    return _exact(_plain_json(value))


_dump = _json.JSONEncoder(default=_plain_json, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _encode(value: Any) -> bytes:
    try:
        text = _dump(value)
        if _LONG_INTEGER.search(text):
            # A generator is read only once: what was written is read back where it was no plain value.
            text = _dump(_exact(_json.loads(text)))
        return utf8(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise Failure("internal_error", f"the result cannot be written as JSON: {error}") from error


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


_reader = _json.JSONDecoder(parse_constant=_no_number)


def _decode(data: bytes) -> Any:
    try:
        text = data.decode()
        # What a host sends has no white space around it: then nothing looks for any.
        if text[:1] == "{":
            value, end = _reader.raw_decode(text)
            if end == len(text):
                return value
        return _reader.decode(text)
    except (ValueError, RecursionError) as error:
        raise Failure("invalid_input", f"the input is not valid JSON: {error}") from error


json = Encoding("json", _encode, _decode)
"""The default."""
