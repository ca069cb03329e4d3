"""The values of properties as a function is handed them. The host has checked and converted them before; what is checked
here again is what a function must be able to rely on."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timezone
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args, get_origin

from .failure import Failure
from .files import File
from .prop import DateRange

if TYPE_CHECKING:
    from ._property import Property

Convert: TypeAlias = Callable[[Any], Any]
"""From what arrives to what the annotation says; raises ValueError with what was expected."""


def _number(value: Any) -> Any:
    """Numbers arrive as text from forms."""
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise ValueError
    return value


def _whole(value: Any) -> int:
    try:
        number = _number(value)
    except ValueError:
        raise ValueError("a number") from None
    if number != int(number):
        raise ValueError("a whole number")
    return int(number)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _span(value: Any) -> DateRange:
    ends = {end: _moment(value[end]) if value.get(end) else None for end in ("after", "before")}
    return DateRange(value.get("preset"), **ends)


def _file(value: Any) -> File:
    return File(str(value["filename"]), str(value["mediaType"]), int(value["size"]), str(value["reference"]))


def _expecting(words: str, convert: Convert) -> Convert:
    def checked(value: Any) -> Any:
        try:
            return convert(value)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise ValueError(words) from error

    return checked


def _instance(words: str, kind: type | tuple[type, ...]) -> Convert:
    def checked(value: Any) -> Any:
        if not isinstance(value, kind):
            raise ValueError(words)
        return value

    return checked


_TEXT = _instance("text", str)
_LIST = _instance("a list", list)
_OBJECT = _instance("an object", Mapping)
_ANYTHING: Convert = lambda value: value  # noqa: E731

_BY_TYPE: dict[Any, Convert] = {
    str: _TEXT,
    int: _whole,
    float: _expecting("a number", lambda value: float(_number(value))),
    Real: _expecting("a number", _number),
    bool: _instance("true or false", bool),
    datetime: _expecting("an ISO 8601 text", _moment),
    date: _expecting("an ISO 8601 text", lambda value: _moment(value).date()),
    DateRange: _expecting("{ preset?, after?, before? }", _span),
    File: _expecting("a file", _file),
    bytes: _expecting("a file", lambda value: _file(value).data),
    dict: _OBJECT,
    list: _LIST,
}


def _one_of(values: Sequence[Any]) -> Convert:
    words = "one of " + ", ".join(map(repr, values))

    def checked(value: Any) -> Any:
        for one in values:
            if one == value and isinstance(one, bool) == isinstance(value, bool):
                return one
        raise ValueError(words)

    return checked


def _each(convert: Convert) -> Convert:
    def checked(value: Any) -> Any:
        items, violations = [], []
        for index, item in enumerate(_LIST(value)):
            try:
                items.append(convert(item))
            except Violations as inner:
                violations += inner.prefixed(f"[{index}]")
            except ValueError as error:
                violations.append((f"[{index}]", f"must be {error}"))
        if violations:
            raise Violations(violations)
        return items

    return checked


def _record(cls: Any, properties: Sequence[Property]) -> Convert:
    def checked(value: Any) -> Any:
        return cls(**read(properties, _OBJECT(value)))

    return checked


def converter(base: Any, properties: Sequence[Property] | None = None) -> Convert:
    """What turns a value into the type of an annotation; `properties`: those of the dataclass in its list."""
    from ._property import unwrap

    origin = get_origin(base)
    if origin is Literal:
        return _one_of(get_args(base))
    if isinstance(base, type) and issubclass(base, enum.Enum):
        return _expecting("one of " + ", ".join(repr(one.value) for one in base), base)
    if origin is list:
        inner = unwrap(get_args(base)[0])[0]
        if dataclasses.is_dataclass(inner) and properties is not None:
            return _each(_record(inner, properties))
        return _each(converter(inner))
    return _BY_TYPE.get(origin or base, _ANYTHING)


class Violations(ValueError):
    """What is wrong with values: pairs of a path and what the value there must be."""

    def __init__(self, found: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path} {message}" for path, message in found))
        self.found = found

    def prefixed(self, path: str) -> list[tuple[str, str]]:
        """The same, below a path."""
        return [(path + below, message) for below, message in self.found]

    def failure(self, root: str) -> Failure:
        """`invalid_input` that names every value by its path."""
        found = self.prefixed(root)
        message = "; ".join(f"{path} {words}" for path, words in found)
        violations = [{"path": path, "message": words} for path, words in found]
        return Failure("invalid_input", message, detail={"violations": violations})


def read(properties: Sequence[Property], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by parameter, defaults filled in; raises Violations that names every wrong one."""
    values: dict[str, Any] = {}
    violations: list[tuple[str, str]] = []
    for one in properties:
        at = f".{one.name}"
        value = given.get(one.name)
        if value is None:
            value = one.default
        if value is None or one.type == "MARKDOWN":
            if one.required:
                violations.append((at, "is required"))
            values[one.parameter] = None
            continue
        try:
            values[one.parameter] = one.convert(value)
        except Violations as inner:
            violations += inner.prefixed(at)
        except ValueError as error:
            violations.append((at, f"must be {error}"))
    if violations:
        raise Violations(violations)
    return values
