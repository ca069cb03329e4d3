"""Triggers that ask for what is new. What was seen is kept in the store: `lastPoll`, the newest moment in milliseconds, or
`lastItem`, the newest item's id; the same in every SDK."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from ._values import _moment
from .context import Context
from .payload import instant
from .store import store

__all__ = ["ById", "ByTime", "Polling"]

TEST_ITEMS = 5
"""At most this many items come out of a test."""

Source = Callable[[Context[Any]], Any]


class Polling(Protocol):
    """How an item is known to be new."""

    def on_enable(self, source: Source, ctx: Context[Any]) -> None:
        """Remembers what is there already, so that only what comes later starts a flow."""

    def on_disable(self) -> None:
        """Forgets it."""

    def poll(self, source: Source, ctx: Context[Any]) -> list[Any]:
        """Items that are new since the last time."""

    def test(self, source: Source, ctx: Context[Any]) -> list[Any]:
        """A few items to show, whether new or not; remembers nothing."""


def _getter(key: str | Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    if key is None:
        return lambda item: item
    if callable(key):
        return key
    return lambda item: item[key] if isinstance(item, dict) else getattr(item, key)


def _same(one: Any, other: Any) -> bool:
    """A number and its text are two ids, and so are 1 and true."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


class ById:
    """An item is new if it stands before the newest one seen in a list from new to old. `key` is the name of its id, or a
    function that gives it; `max_items` at most are handed on, the oldest first, and the rest comes with the next poll. `data`:
    what of an item is handed on; all of it unless given."""

    def __init__(
        self, key: str | Callable[[Any], Any] = "id", max_items: int | None = None, data: str | Callable[[Any], Any] | None = None
    ) -> None:
        self._id = _getter(key)
        self._max_items = max_items
        self._data = _getter(data)

    def _items(self, source: Source, ctx: Context[Any], last: Any) -> list[Any]:
        ctx.last_item = last
        return list(source(ctx))

    def _keep(self, items: Sequence[Any]) -> Any:
        newest = self._id(items[0]) if items else None
        if newest is not None:
            store.put("lastItem", newest)
        return newest

    def on_enable(self, source: Source, ctx: Context[Any]) -> None:
        """Remembers the newest item."""
        if self._keep(self._items(source, ctx, None)) is None:
            store.delete("lastItem")

    def on_disable(self) -> None:
        """Forgets it."""
        store.delete("lastItem")

    def poll(self, source: Source, ctx: Context[Any]) -> list[Any]:
        """Items before the newest one seen."""
        last = store.get("lastItem")
        items = self._items(source, ctx, last)
        seen = next((i for i, item in enumerate(items) if last is not None and _same(self._id(item), last)), len(items))
        fresh = items[:seen]
        most = self._max_items if ctx.max_items is None else ctx.max_items
        if most is not None:
            fresh = fresh[max(0, len(fresh) - most) :]
        self._keep(fresh)
        return [self._data(item) for item in fresh]

    def test(self, source: Source, ctx: Context[Any]) -> list[Any]:
        """The first five."""
        return [self._data(item) for item in self._items(source, ctx, None)[:TEST_ITEMS]]


class ByTime:
    """An item is new if its moment is after the newest one seen. `key` is the name of the moment in the item, or a function
    that gives it: a datetime, an ISO 8601 text, or milliseconds since 1970."""

    def __init__(self, key: str | Callable[[Any], Any], data: str | Callable[[Any], Any] | None = None) -> None:
        self._moment = _getter(key)
        self._data = _getter(data)

    def _items(self, source: Source, ctx: Context[Any], last: int) -> list[tuple[int, Any]]:
        ctx.last_poll = last
        return [(_milliseconds(self._moment(item)), self._data(item)) for item in source(ctx)]

    def on_enable(self, source: Source, ctx: Context[Any]) -> None:
        """Remembers now."""
        store.put("lastPoll", int(time.time() * 1000))

    def on_disable(self) -> None:
        """Forgets it."""
        store.delete("lastPoll")

    def poll(self, source: Source, ctx: Context[Any]) -> list[Any]:
        """Items after the newest moment seen."""
        last = store.get("lastPoll") or 0
        items = self._items(source, ctx, last)
        store.put("lastPoll", max([last, *(at for at, _ in items)]))
        return [item for at, item in items if at > last]

    def test(self, source: Source, ctx: Context[Any]) -> list[Any]:
        """The first five."""
        return [item for _, item in self._items(source, ctx, 0)[:TEST_ITEMS]]


def _milliseconds(moment: Any) -> int:
    if isinstance(moment, str):
        moment = _moment(moment)
    if isinstance(moment, datetime):
        return round(_moment(instant(moment)).timestamp() * 1000)
    return int(moment)
