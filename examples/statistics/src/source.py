"""From bytes to rows of texts: the encoding and the dialect are found out, and rows come one after the other."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ap_piece import Failure, File

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARS = 256 * 1024
SAMPLE_ROWS = 200
FIELD_CHARS = 1024 * 1024

csv.field_size_limit(FIELD_CHARS)

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Source:
    """Where the table is: a file or a text, and what its author knows of it."""

    file: File | None
    text: str | None
    encoding: str | None = None
    delimiter: str | None = None

    def open(self) -> BinaryIO:
        """Its bytes, from the first."""
        if self.file is not None:
            return self.file.open()
        if self.text is not None:
            return io.BytesIO(self.text.encode())
        raise Failure("invalid_input", "give a file or a text: there is no table")


def encoding_of(source: Source) -> str:
    """What it says of itself by a mark, else UTF-8 if all of it is, else Windows-1252, which takes nearly every byte."""
    if source.encoding is not None:
        try:
            return codecs.lookup(source.encoding).name
        except LookupError:
            raise Failure("invalid_input", f'encoding: "{source.encoding}" is not known; utf-8, utf-16, windows-1252 …') from None
    with source.open() as data:
        first = data.read(4)
        for mark, name in _MARKS:
            if first.startswith(mark):
                return name
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            decoder.decode(first)
            while part := data.read(SAMPLE_CHARS):
                decoder.decode(part)
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def delimiter_of(sample: str) -> str:
    """The one that cuts the first lines into the same number of fields, the more the better."""

    def score(delimiter: str) -> tuple[float, int]:
        widths = [len(row) for row, _ in zip(_rows(io.StringIO(sample, newline=""), delimiter), range(SAMPLE_ROWS)) if row]
        if not widths:
            return 0.0, 0
        usual = max(set(widths), key=widths.count)
        return (widths.count(usual) / len(widths) if usual > 1 else 0.0), usual

    return max(DELIMITERS, key=score)


def _rows(text: io.TextIOBase, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(text, delimiter=delimiter, skipinitialspace=True)
    except csv.Error as error:
        raise Failure("not_a_table", f"the table cannot be read: {error}") from error


@dataclass
class Reading:
    """A table that is being read: how it is written, and its rows."""

    encoding: str
    delimiter: str
    rows: Iterator[list[str]]


def read(source: Source) -> Reading:
    """Its rows, without the empty ones."""
    encoding = encoding_of(source)
    with _text(source, encoding) as text:
        sample = text.read(SAMPLE_CHARS)
    if "\0" in sample:
        raise Failure("not_a_table", "the file holds bytes that no text has; is it a spreadsheet? Save it as CSV first")
    delimiter = source.delimiter or delimiter_of(sample)
    return Reading(encoding, delimiter, _full_rows(source, encoding, delimiter))


def _full_rows(source: Source, encoding: str, delimiter: str) -> Iterator[list[str]]:
    with _text(source, encoding) as text:
        for row in _rows(text, delimiter):
            if any(field.strip() for field in row):
                yield row


def _text(source: Source, encoding: str) -> io.TextIOWrapper:
    # A byte that Windows-1252 lacks, or a broken file, costs a character and not the call.
    return io.TextIOWrapper(source.open(), encoding, "replace", newline="")
