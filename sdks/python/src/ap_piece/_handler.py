"""The functions of the contract for one piece, in values; `_component` puts them on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._signature import call_by_name
from ._values import Violations, read
from .auth import auth_value
from .context import Context, Reply, context_of
from .failure import Failure
from .piece import Action, Piece, Trigger
from .polling import TEST_ITEMS


def as_input(value: Any) -> dict[str, Any]:
    """An input of the contract."""
    if not isinstance(value, dict):
        raise Failure("invalid_input", "the input must be an object")
    return value


def _prepare(piece: Piece, one: Action | Trigger[Any, Any], given: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """The values of its properties, and of the connection."""
    required = len(piece.connections) > 0 if one.meta.require_auth is None else one.meta.require_auth
    if required and given.get("auth") is None:
        violations = [{"path": "auth", "message": "is required"}]
        raise Failure("invalid_input", "auth is required: choose a connection", detail={"violations": violations})
    try:
        values = read(one.run.properties, given.get("props") or {})
    except Violations as wrong:
        raise wrong.failure("props") from None
    return values, auth_value(piece.connections, given.get("auth"))


def run_action(piece: Piece, name: str, given: Any) -> Any:
    """Runs an action."""
    action = piece.actions.get(name)
    if action is None:
        raise Failure("unknown_action", f'the piece has no action "{name}"')
    found = as_input(given)
    values, auth = _prepare(piece, action, found)
    run = action.run
    return run.call(values, None if run.context is None else context_of(found, auth, piece.encoding))


def run_trigger(piece: Piece, name: str, hook: str, given: Any) -> Any:
    """Runs one hook of a trigger."""
    trigger = piece.triggers.get(name)
    if trigger is None:
        raise Failure("unknown_trigger", f'the piece has no trigger "{name}"')
    found = as_input(given)
    values, auth = _prepare(piece, trigger, found)
    return _Call(trigger, values, context_of(found, auth, piece.encoding)).hook(hook)


class _Call:
    """One call of one hook."""

    def __init__(self, trigger: Trigger[Any, Any], values: dict[str, Any], context: Context[Any]) -> None:
        self.trigger = trigger
        self.values = values
        self.context = context

    def hook(self, name: str) -> Any:
        """What the contract wants of it."""
        if name == "run":
            polling = self.trigger.polling
            return self._items(polling.poll(self._source, self.context) if polling else self._source(self.context))
        if name == "test":
            return self._items(self._test())[:TEST_ITEMS]
        if name == "handshake":
            answer = self._own(name)
            answer = answer.contract() if isinstance(answer, Reply) else answer or {}
            return {"status": 200, **answer}
        if name == "on-enable":
            self._enable()
        elif name == "on-disable":
            self._own(name)
            if self.trigger.polling:
                self.trigger.polling.on_disable()
            return None
        else:
            self._own(name)
        return self.context.enabled or None

    def _own(self, name: str) -> Any:
        """The author's hook, if there is one."""
        function = self.trigger.hooks.get(name)
        return None if function is None else call_by_name(function, {**self.values, "ctx": self.context})

    def _source(self, context: Context[Any]) -> Any:
        return self.trigger.run.call(self.values, context)

    def _enable(self) -> None:
        if self.trigger.schedule is not None:
            self.context.set_schedule(self.trigger.schedule)
        self._own("on-enable")
        if self.trigger.polling:
            self.trigger.polling.on_enable(self._source, self.context)

    def _test(self) -> Any:
        if "test" in self.trigger.hooks:
            return self._own("test")
        if self.trigger.type == "MANUAL":
            return [self.trigger.sample_data]
        if self.trigger.polling:
            return self.trigger.polling.test(self._source, self.context)
        return self._source(self.context)

    def _items(self, value: Any) -> list[Any]:
        if isinstance(value, (list, tuple)) or hasattr(value, "__next__"):
            return list(value)
        raise Failure("internal_error", f'trigger "{self.trigger.meta.name}" must return a list of items')
