"""A table: its columns by name, how each is read, and its rows as values."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ap_piece import Failure

from source import Source, read
from values import Decimal, Reader, decimal_of, is_missing, reader_of

SAMPLE_ROWS = 1000
MOST_KNOWN = 4096
_UNKNOWN = object()


@dataclass
class Column:
    """One column."""

    name: str
    reader: Reader
    unreadable: int = 0
    """Fields that are not what the others are; they count as missing."""
    _known: dict[str, Any] = field(default_factory=dict)

    def value(self, text: str) -> Any:
        """What the field means; None: nothing."""
        # Columns repeat themselves, and reading a day takes ten times as long as looking it up.
        found = self._known.get(text, _UNKNOWN)
        if found is _UNKNOWN:
            found = None if is_missing(text) else self.reader.parse(text)
            if found is None and not is_missing(text):
                self.unreadable += 1
            elif len(self._known) < MOST_KNOWN:
                self._known[text] = found
        return found


@dataclass
class Table:
    """A table that is read row by row."""

    encoding: str
    delimiter: str
    decimal: Decimal
    columns: list[Column]
    _rows: Iterator[list[str]]
    count: int = 0
    """Rows that were read."""
    ragged: int = 0
    """Of those, rows with more or fewer fields than there are columns."""
    _places: dict[str, int] = field(default_factory=dict)

    def rows(self) -> Iterator[list[Any]]:
        """The values of each row, in order of the columns."""
        width = len(self.columns)
        for fields in self._rows:
            self.count += 1
            if len(fields) != width:
                self.ragged += 1
                fields = fields[:width] + [""] * (width - len(fields))
            yield [column.value(text) for column, text in zip(self.columns, fields)]

    def place(self, name: str) -> int:
        """Which column it is; refuses a name that none has, with those that there are."""
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place
        names = ", ".join(column.name for column in self.columns[:20])
        raise Failure("no_such_column", f'there is no column "{name}"; there are: {names}', detail={"column": name})

    def number_place(self, name: str) -> int:
        """The same for a column of numbers."""
        place = self.place(name)
        kind = self.columns[place].reader.kind
        if kind != "number":
            raise Failure("not_numbers", f'column "{name}" holds {kind}, not numbers', detail={"column": name, "type": kind})
        return place

    def about(self) -> dict[str, Any]:
        """How it was read, for every answer; call it when all rows were."""
        warnings = []
        if self.ragged:
            warnings.append(f"{self.ragged} of {self.count} rows have another number of fields than there are columns")
        for column in self.columns:
            if column.unreadable:
                kind = column.reader.kind
                warnings.append(f'{column.unreadable} fields of "{column.name}" are no {kind}; they count as missing')
        return {
            "rows": self.count,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "decimal": self.decimal,
            "warnings": warnings,
        }


def _names(first: list[str], header: bool) -> list[str]:
    """Each name once."""
    names: list[str] = []
    for place, text in enumerate(first, 1):
        name = " ".join(text.split()) if header else ""
        name = name or f"column {place}"
        again = sum(one == name or one.startswith(f"{name} (") for one in names)
        names.append(name if again == 0 else f"{name} ({again + 1})")
    return names


def open_table(source: Source, *, header: bool = True, decimal: Decimal | None = None) -> Table:
    """Reads the first rows to find out how the table is written."""
    reading = read(source)
    first = next(reading.rows, None)
    if first is None:
        raise Failure("empty_table", "the table has no rows")
    names = _names(first, header)
    rows = reading.rows if header else itertools.chain([first], reading.rows)
    sample = list(itertools.islice(rows, SAMPLE_ROWS))
    fields = [[row[place] for row in sample if place < len(row)] for place in range(len(names))]
    decimal = decimal or decimal_of(fields, reading.delimiter)
    columns = [Column(name, reader_of(column, decimal)) for name, column in zip(names, fields)]
    return Table(reading.encoding, reading.delimiter, decimal, columns, itertools.chain(sample, rows))
