"""Files that outlive the call: those that it writes, and the values of FILE properties."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ._host import host

__all__ = ["DEFAULT_PART_BYTES", "File", "media_type_of", "read", "write"]

DEFAULT_PART_BYTES = 1024 * 1024
"""What is read at once unless said otherwise."""


def write(name: str, data: bytes | bytearray | memoryview | str, media_type: str | None = None) -> str:
    """Stores the bytes, or the text as UTF-8, and answers with a reference that later steps can read.

    The media type is the one that the name suggests unless it is given. Failures: `not_granted`, or what a limit says.
    """
    content = data.encode() if isinstance(data, str) else bytes(data)
    return host().file_write(name, media_type or media_type_of(name), content)


def read(reference: str, offset: int = 0, max_bytes: int = DEFAULT_PART_BYTES) -> bytes:
    """A part of a file that was given to this call; fewer bytes than asked mean the end."""
    return host().file_read(reference, offset, max_bytes)


class _Raw(io.RawIOBase):
    """A file of the host as Python's own kind of file."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = read(self._file.reference, self._at, len(buffer))
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        self._at = max(0, begin + offset)
        return self._at

    def tell(self) -> int:
        return self._at


@dataclass
class File:
    """The value of a FILE property. Its bytes are read when they are asked for."""

    filename: str
    media_type: str
    size: int
    """Bytes."""
    reference: str

    @property
    def extension(self) -> str | None:
        """The part after the last dot of the name."""
        stem, dot, extension = self.filename.rpartition(".")
        return extension if dot and stem else None

    @cached_property
    def data(self) -> bytes:
        """All bytes, read at the first use."""
        return b"".join(self.stream())

    @property
    def base64(self) -> str:
        """All bytes as base64 text."""
        return base64.b64encode(self.data).decode()

    def stream(self, part_bytes: int = DEFAULT_PART_BYTES) -> Iterator[bytes]:
        """The bytes in parts, for a file that need not be in memory as a whole."""
        offset = 0
        while True:
            part = read(self.reference, offset, part_bytes)
            if part:
                yield part
            offset += len(part)
            if len(part) < part_bytes:
                return

    def open(self, part_bytes: int = DEFAULT_PART_BYTES) -> io.BufferedReader:
        """A binary file to read and seek in, for `io.TextIOWrapper`, `zipfile`, `csv` and their like."""
        return io.BufferedReader(_Raw(self), part_bytes)


_MEDIA_TYPES = {
    "csv": "text/csv",
    "gif": "image/gif",
    "html": "text/html",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "md": "text/markdown",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "webp": "image/webp",
    "xml": "application/xml",
    "zip": "application/zip",
}


def media_type_of(filename: str) -> str:
    """The media type that a file's name suggests; `application/octet-stream` where it suggests none."""
    return _MEDIA_TYPES.get(filename.rpartition(".")[2].lower(), "application/octet-stream")
