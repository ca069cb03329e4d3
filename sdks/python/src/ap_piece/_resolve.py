"""What surrounds a call: options of dropdowns, dynamic properties, checks of a connection, an app's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._handler import as_input
from ._property import Property, computed_properties, describe_properties, state
from ._signature import call_by_name
from .auth import auth_of, auth_value
from .context import Payload, Reply, context_of
from .failure import Failure
from .piece import Piece


def resolve(piece: Piece, path: str, given: Any) -> Any:
    """Computes what stands at `path`."""
    found = as_input(given)
    if path in ("auth/validate", "auth/identifier", "auth/refresh"):
        return _auth(piece, path, found)
    if path in ("events/parse", "events/verify"):
        return _events(piece, path, found)
    kind, name, word, *steps = [*path.split("/"), "", ""][: max(3, path.count("/") + 1)]
    tables: dict[str, Mapping[str, Any]] = {"actions": piece.actions, "triggers": piece.triggers}
    table = tables.get(kind, {})
    if name not in table or word != "props":
        raise _unknown(path)
    return _Walk(piece, path, found).resolve(table[name].run.properties, steps)


def _unknown(path: str) -> Failure:
    return Failure("unknown_path", f'there is nothing to resolve at "{path}"')


class _Walk:
    """Walks `<property>`, `<dynamic>/<inner>` or `<array>/items/<inner>`."""

    def __init__(self, piece: Piece, path: str, given: Mapping[str, Any]) -> None:
        self.piece = piece
        self.path = path
        self.given = given

    def resolve(self, properties: Sequence[Property], steps: list[str]) -> Any:
        """What the property at the end of the steps offers."""
        one = self._at(properties, steps)
        if one.type == "DYNAMIC":
            return {"props": describe_properties(self._dynamic(one))}
        if one.compute is None:
            raise _unknown(self.path)
        return state(self._compute(one))

    def _at(self, properties: Sequence[Property], steps: list[str]) -> Property:
        one = next((one for one in properties if steps and one.name == steps[0]), None)
        if one is None:
            raise _unknown(self.path)
        if len(steps) == 1:
            return one
        if one.type == "DYNAMIC":
            return self._at(self._dynamic(one), steps[1:])
        if one.properties is not None and steps[1] == "items":
            return self._at(one.properties, steps[2:])
        raise _unknown(self.path)

    def _dynamic(self, one: Property) -> tuple[Property, ...]:
        return computed_properties(self._compute(one), one.name)

    def _compute(self, one: Property) -> Any:
        assert one.compute is not None
        auth = auth_value(self.piece.connections, self.given.get("auth"))
        context = context_of(self.given, auth, self.piece.encoding)
        more = {"auth": auth, "search": self.given.get("searchValue"), "ctx": context}
        return call_by_name(one.compute, {**(self.given.get("props") or {}), **more})


def _auth(piece: Piece, path: str, given: Mapping[str, Any]) -> Any:
    declared = auth_of(piece.connections, given.get("auth"))
    check = declared.checks.get(path.removeprefix("auth/"))
    if check is None:
        if path == "auth/validate":
            return {"valid": True}
        raise _unknown(path)
    answer = call_by_name(check, {"auth": auth_value(piece.connections, given.get("auth"))})
    if path == "auth/refresh" and isinstance(answer, str):
        return {"access_token": answer}
    if path != "auth/validate" or isinstance(answer, Mapping):
        return answer
    if answer is None or answer is True:
        return {"valid": True}
    return {"valid": False, "error": answer if isinstance(answer, str) else "the connection is not accepted"}


def _events(piece: Piece, path: str, given: Mapping[str, Any]) -> Any:
    function = piece.events.verify if path == "events/verify" else piece.events.parse
    if function is None:
        raise _unknown(path)
    payload = Payload.of(given.get("payload"))
    answer = call_by_name(function, {"payload": payload, "secret": given.get("secret") or ""})
    if path == "events/verify":
        return bool(answer)
    if isinstance(answer, Reply):
        return {"reply": {"status": 200, **answer.contract()}}
    event, identifier = answer
    return {"event": event, "identifierValue": identifier}
