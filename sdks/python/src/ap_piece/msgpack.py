"""Payloads as MessagePack, for pieces that move bytes or exact 64-bit integers. In Python JSON is the faster one.

    piece = Piece("…", encoding=msgpack)
"""

from __future__ import annotations

import math
import struct
from typing import Any

from .failure import Failure
from .payload import Encoding, plain, utf8

__all__ = ["msgpack"]

_MAX_NESTING = 512


def _refused(detail: str) -> Failure:
    return Failure("internal_error", f"the result cannot be written as MessagePack: {detail}")


def _damaged(detail: str) -> Failure:
    return Failure("invalid_input", f"the input is not valid MessagePack: {detail}")


def _head(length: int, fixed: int, fixed_max: int, codes: tuple[int | None, int, int]) -> bytes:
    """The shortest head of a text, list or record; the first code is None where there is no form of one byte."""
    code8, code16, code32 = codes
    if length <= fixed_max:
        return bytes((fixed | length,))
    if code8 is not None and length < 0x100:
        return bytes((code8, length))
    if length < 0x1_0000:
        return struct.pack(">BH", code16, length)
    return struct.pack(">BI", code32, length)


_INTEGERS = ((0x100, ">BB", 0xCC), (0x1_0000, ">BH", 0xCD), (2**32, ">BI", 0xCE), (2**64, ">BQ", 0xCF))
_NEGATIVES = ((0x80, ">Bb", 0xD0), (0x8000, ">Bh", 0xD1), (2**31, ">Bi", 0xD2), (2**63, ">Bq", 0xD3))


def _integer(value: int) -> bytes:
    if -0x20 <= value < 0x80:
        return bytes((value & 0xFF,))
    for below, form, code in _INTEGERS if value >= 0 else _NEGATIVES:
        if -below <= value < below:
            return struct.pack(form, code, value)
    raise _refused(f"{value} does not fit in 64 bits")


def _write(value: Any, out: bytearray, depth: int) -> None:
    if value is None:
        out.append(0xC0)
    elif isinstance(value, bool):
        out.append(0xC3 if value else 0xC2)
    elif isinstance(value, str):
        data = utf8(value)
        out += _head(len(data), 0xA0, 31, (0xD9, 0xDA, 0xDB)) + data
    elif isinstance(value, int):
        out += _integer(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise _refused(f"{value} is no number that a payload can hold")
        out += struct.pack(">Bd", 0xCB, value)
    elif isinstance(value, (bytes, bytearray, memoryview)):
        out += _head(len(value), 0, -1, (0xC4, 0xC5, 0xC6))
        out += value
    elif depth >= _MAX_NESTING:
        raise _refused(f"nested deeper than {_MAX_NESTING}")
    elif isinstance(value, dict):
        out += _head(len(value), 0x80, 15, (None, 0xDE, 0xDF))
        for key, item in value.items():
            if not isinstance(key, str):
                raise _refused(f"the key {key!r} is no text")
            _write(key, out, depth)
            _write(item, out, depth + 1)
    elif isinstance(value, (list, tuple)):
        out += _head(len(value), 0x90, 15, (None, 0xDC, 0xDD))
        for item in value:
            _write(item, out, depth + 1)
    else:
        try:
            simpler = plain(value)
        except TypeError as error:
            raise _refused(str(error)) from None
        _write(simpler, out, depth)


def _encode(value: Any) -> bytes:
    out = bytearray()
    _write(value, out, 0)
    return bytes(out)


_NUMBERS = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_SIZED = {
    0xC4: ("bytes", ">B"),
    0xC5: ("bytes", ">H"),
    0xC6: ("bytes", ">I"),
    0xD9: ("text", ">B"),
    0xDA: ("text", ">H"),
    0xDB: ("text", ">I"),
    0xDC: ("list", ">H"),
    0xDD: ("list", ">I"),
    0xDE: ("record", ">H"),
    0xDF: ("record", ">I"),
}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, length: int) -> bytes:
        part = self.data[self.at : self.at + length]
        if len(part) < length:
            raise _damaged("it ends too early")
        self.at += length
        return part

    def number(self, form: str) -> Any:
        (value,) = struct.unpack(form, self.take(struct.calcsize(form)))
        if isinstance(value, float) and not math.isfinite(value):
            raise _damaged(f"{value} is no number")
        return value

    def value(self, depth: int = 0) -> Any:
        """The next value. Lists and records are read in here: one frame a level keeps 512 of them below Python's limit."""
        code = self.take(1)[0]
        if code < 0x80:
            return code
        if code >= 0xE0:
            return code - 0x100
        if code in _CONSTANTS:
            return _CONSTANTS[code]
        if code in _NUMBERS:
            return self.number(_NUMBERS[code])
        kind, length = self.head(code)
        if kind == "bytes":
            return self.take(length)
        if kind == "text":
            return self.text(length)
        if kind == "list":
            self.room(length, depth)
            items: list[Any] = []
            for _ in range(length):
                items.append(self.value(depth + 1))
            return items
        self.room(length * 2, depth)
        record: dict[str, Any] = {}
        for _ in range(length):
            key = self.value(_MAX_NESTING)
            if not isinstance(key, str):
                raise _damaged("a key is no text")
            if key in record:
                raise _damaged(f'the key "{key}" stands twice')
            record[key] = self.value(depth + 1)
        return record

    def head(self, code: int) -> tuple[str, int]:
        """Kind and length of what has one."""
        if code < 0x90:
            return "record", code & 0x0F
        if code < 0xA0:
            return "list", code & 0x0F
        if code < 0xC0:
            return "text", code & 0x1F
        if code not in _SIZED:
            raise _damaged(f"0x{code:x} begins an extension, which payloads do not have")
        kind, form = _SIZED[code]
        return kind, self.number(form)

    def text(self, length: int) -> str:
        """A text of so many bytes."""
        try:
            return self.take(length).decode()
        except UnicodeDecodeError:
            raise _damaged("a text is not valid UTF-8") from None

    def room(self, items: int, depth: int) -> None:
        """Each item takes a byte at least: a length that lies is refused before anything is made for it."""
        if depth >= _MAX_NESTING:
            raise _damaged(f"nested deeper than {_MAX_NESTING}")
        if items > len(self.data) - self.at:
            raise _damaged("it ends too early")


def _decode(data: bytes) -> Any:
    reader = _Reader(data)
    value = reader.value()
    if reader.at < len(data):
        raise _damaged("something follows the value")
    return value


msgpack = Encoding("msgpack", _encode, _decode)
"""The encoding to give to `Piece`."""
