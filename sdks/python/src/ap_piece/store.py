"""State that outlives the call, kept as JSON text so that a piece in another language can read it."""

from __future__ import annotations

import json
from typing import Any, Literal

from . import payload
from ._host import host

__all__ = ["Store", "store"]


class Store:
    """State of this piece, for one flow or for all flows of the project. Values are what JSON can say.

    Failures of every call: `not_granted`, or what a limit says.
    """

    def __init__(self, scope: Literal["flow", "project"]) -> None:
        self._scope = scope

    @property
    def project(self) -> Store:
        """The state that all flows of the project share."""
        return _PROJECT

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default` where there is none."""
        found = host().store_get(self._scope, key)
        return default if found is None else json.loads(found)

    def put(self, key: str, value: Any) -> None:
        """Keeps the value."""
        host().store_put(self._scope, key, payload.json.encode(value))

    def delete(self, key: str) -> None:
        """Forgets the value; nothing happens where there is none."""
        host().store_delete(self._scope, key)

    def keys(self, prefix: str = "", after: str | None = None) -> list[str]:
        """Keys that begin with `prefix`, in order, after the one given; at most 1,000."""
        return host().store_keys(self._scope, prefix, after)

    def __getitem__(self, key: str) -> Any:
        found = host().store_get(self._scope, key)
        if found is None:
            raise KeyError(key)
        return json.loads(found)

    def __setitem__(self, key: str, value: Any) -> None:
        self.put(key, value)

    def __delitem__(self, key: str) -> None:
        self.delete(key)

    def __contains__(self, key: str) -> bool:
        return host().store_get(self._scope, key) is not None


store = Store("flow")
"""State of this flow; `store.project` is that of the project. `store["k"] = 1`, `store["k"]`, `store.get("k", 0)`."""

_PROJECT = Store("project")
