"""What the actions compute of a table."""

from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from typing import Any, Literal

from ap_piece import Failure

from measures import Measure, correlation, mean, measured, quartiles, ranks, stdev, tidy
from table import Table

TOP = 5
MOST_DISTINCT = 100_000
"""Beyond so many different texts of a column the rest is not counted apart."""
MOST_GROUPS = 10_000
MOST_COLUMNS = 30


def shown(value: Any) -> Any:
    """A value as the answer holds it: days without an hour as days, whole numbers as such."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value == value.replace(hour=0, minute=0, second=0) else value.isoformat()
    return tidy(value) if isinstance(value, float) else value


class _Counted:
    """Texts, days and booleans of one column."""

    def __init__(self) -> None:
        self.counts: Counter[Any] = Counter()
        self.beyond = 0

    def add(self, value: Any) -> None:
        if value in self.counts or len(self.counts) < MOST_DISTINCT:
            self.counts[value] += 1
        else:
            self.beyond += 1

    def summary(self, kind: str) -> dict[str, Any]:
        present = self.counts.total() + self.beyond
        top = sorted(self.counts.items(), key=lambda pair: (-pair[1], str(pair[0])))[:TOP]
        found: dict[str, Any] = {
            "distinct": len(self.counts),
            "unique": len(self.counts) == present,
            "top": [{"value": shown(value), "count": count} for value, count in top],
        }
        if kind == "date" and self.counts:
            found |= {"first": shown(min(self.counts)), "last": shown(max(self.counts))}
        if kind == "text" and self.counts:
            lengths = [len(text) for text in self.counts]
            found |= {"shortest": min(lengths), "longest": max(lengths)}
        return found | ({"distinctIsAtLeast": True} if self.beyond else {})


def _number_summary(numbers: Sequence[float]) -> dict[str, Any]:
    if not numbers:
        return {}
    ordered = sorted(numbers)
    low, middle, high = quartiles(ordered)
    return {
        "distinct": len(set(ordered)),
        "sum": measured("sum", ordered),
        "mean": measured("mean", ordered),
        "stdev": tidy(stdev(ordered)),
        "min": tidy(ordered[0]),
        "q1": tidy(low),
        "median": tidy(middle),
        "q3": tidy(high),
        "max": tidy(ordered[-1]),
    }


def summarize(table: Table) -> dict[str, Any]:
    """Each column by itself."""
    kinds = [column.reader.kind for column in table.columns]
    held: list[Any] = [array("d") if kind == "number" else _Counted() for kind in kinds]
    adders = [one.append if kind == "number" else one.add for kind, one in zip(kinds, held)]
    missing = [0] * len(kinds)
    for row in table.rows():
        for place, value in enumerate(row):
            if value is None:
                missing[place] += 1
            else:
                adders[place](value)
    columns = []
    for place, column in enumerate(table.columns):
        kind = kinds[place]
        more = _number_summary(held[place]) if kind == "number" else held[place].summary(kind)
        present = table.count - missing[place]
        columns.append({"name": column.name, "type": kind, "present": present, "missing": missing[place], **more})
    return {**table.about(), "columns": columns}


def group_by(table: Table, by: Sequence[str], value: str | None, measure: Measure) -> dict[str, Any]:
    """One row for each combination of values in `by`."""
    places = [table.place(name) for name in by]
    groups = _grouped(table, places, value, measure)
    rows = [
        {**{name: shown(part) for name, part in zip(by, key)}, "count": count, "value": measured(measure, numbers)}
        for key, (count, numbers) in groups.items()
    ]
    rows.sort(key=lambda row: (row["value"] is None, -(row["value"] or 0), [str(row[name]) for name in by]))
    return {**table.about(), "groups": rows}


def _grouped(
    table: Table, places: Sequence[int], value: str | None, measure: Measure
) -> dict[tuple[Any, ...], tuple[int, Sequence[float]]]:
    if value is None and measure != "count":
        raise Failure("invalid_input", f"value: {measure} needs a column of numbers")
    measured_at = None if value is None else table.number_place(value)
    numbers: dict[tuple[Any, ...], array[float]] = {}
    counts: Counter[tuple[Any, ...]] = Counter()
    for row in table.rows():
        key = tuple(row[place] for place in places)
        if key not in counts and len(counts) == MOST_GROUPS:
            words = f"there are more than {MOST_GROUPS} groups; group by a column with fewer values"
            raise Failure("too_many_groups", words, detail={"limit": MOST_GROUPS})
        counts[key] += 1
        if measured_at is None:
            numbers.setdefault(key, array("d")).append(1)
        elif row[measured_at] is not None:
            numbers.setdefault(key, array("d")).append(row[measured_at])
    return {key: (count, numbers.get(key, array("d"))) for key, count in counts.items()}


def pivot(table: Table, rows: str, columns: str, value: str | None, measure: Measure) -> dict[str, Any]:
    """A row for each value of one column, and a cell for each of another."""
    groups = _grouped(table, [table.place(rows), table.place(columns)], value, measure)
    heads = sorted({key[1] for key in groups}, key=lambda head: (head is None, str(shown(head))))
    cells: dict[Any, dict[str, Any]] = {}
    for (row, head), (_, numbers) in groups.items():
        cells.setdefault(row, {})[_head(head)] = measured(measure, numbers)
    names = [_head(head) for head in heads]
    found = [
        {rows: shown(row), **{name: cells[row].get(name) for name in names}}
        for row in sorted(cells, key=lambda row: (row is None, str(shown(row))))
    ]
    return {**table.about(), "columns": names, "table": found}


def _head(value: Any) -> str:
    return "(none)" if value is None else str(shown(value))


def correlate(table: Table, names: Sequence[str] | None) -> dict[str, Any]:
    """How columns of numbers move together, pair by pair, the strongest first."""
    if names:
        places = [table.number_place(name) for name in names]
    else:
        places = [place for place, column in enumerate(table.columns) if column.reader.kind == "number"]
    if not 2 <= len(places) <= MOST_COLUMNS:
        words = f"{len(places)} columns of numbers; 2 to {MOST_COLUMNS} can be compared"
        raise Failure("invalid_input", words)
    held = {place: array("d") for place in places}
    nothing = float("nan")
    for row in table.rows():
        for place in places:
            held[place].append(nothing if row[place] is None else row[place])
    pairs = [_pair(table, one, other, held) for one, other in combinations(places, 2)]
    pairs.sort(key=lambda pair: -abs(pair["pearson"] or 0))
    return {**table.about(), "pairs": pairs}


def _pair(table: Table, one: int, other: int, held: dict[int, "array[float]"]) -> dict[str, Any]:
    both = [(x, y) for x, y in zip(held[one], held[other]) if x == x and y == y]
    xs, ys = [x for x, _ in both], [y for _, y in both]
    pearson = spearman = None
    if len(both) > 1:
        pearson = tidy(correlation(xs, ys))
        spearman = tidy(correlation(ranks(xs), ranks(ys)))
    names = (table.columns[one].name, table.columns[other].name)
    return {"a": names[0], "b": names[1], "n": len(both), "pearson": pearson, "spearman": spearman}


Method = Literal["iqr", "zscore"]


def outliers(table: Table, name: str, method: Method, factor: float, limit: int) -> dict[str, Any]:
    """Rows whose number lies far from the others, the farthest first."""
    place = table.number_place(name)
    held: list[tuple[float, int, list[Any]]] = []
    for number, row in enumerate(table.rows(), 1):
        if row[place] is not None:
            held.append((row[place], number, row))
    numbers = [value for value, _, _ in held]
    low, high = _bounds(numbers, method, factor) if numbers else (None, None)
    middle = measured("median", numbers) or 0
    outside = [one for one in held if low is not None and high is not None and not low <= one[0] <= high]
    outside.sort(key=lambda one: -abs(one[0] - middle))
    names = [column.name for column in table.columns]
    found = [
        {"row": number, "value": tidy(value), "values": dict(zip(names, map(shown, row)))}
        for value, number, row in outside[:limit]
    ]
    return {**table.about(), "low": tidy(low), "high": tidy(high), "count": len(outside), "outliers": found}


def _bounds(numbers: Sequence[float], method: Method, factor: float) -> tuple[float, float]:
    if method == "iqr":
        low, _, high = quartiles(sorted(numbers))
        span = (high - low) * factor
        return low - span, high + span
    middle, spread = mean(numbers), (stdev(numbers) or 0) * factor
    return middle - spread, middle + spread


def rows(table: Table, offset: int, limit: int) -> dict[str, Any]:
    """Rows as records, with their values."""
    names = [column.name for column in table.columns]
    found = [
        dict(zip(names, map(shown, row)))
        for number, row in enumerate(table.rows())
        if offset <= number < offset + limit
    ]
    types = {column.name: column.reader.kind for column in table.columns}
    return {**table.about(), "types": types, "records": found}
