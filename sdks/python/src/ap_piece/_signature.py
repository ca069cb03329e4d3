"""A function of the author: what its parameters ask for, and how it is called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, TypeAlias, get_origin

from ._property import ABSENT, DefinitionError, Property, hints_of, property_of
from ._wait import finish
from .context import Context


def place_of(function: Callable[..., Any]) -> str:
    """`main.get_post`, for errors."""
    return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', function)}"


def _is_context(name: str, hint: Any) -> bool:
    return name == "ctx" or (get_origin(hint) or hint) is Context


class Function:
    """The function of an action or trigger: its parameters are its properties."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.place = place_of(function)
        hints = hints_of(function, self.place)
        self.context: str | None = None
        self._defaulted: set[str] = set()
        properties: list[Property] = []
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise DefinitionError(f"{self.place}: *{name} is no property; name each")
            if parameter.kind is parameter.POSITIONAL_ONLY:
                raise DefinitionError(f"{self.place}: {name} must not be positional only; properties come by name")
            if _is_context(name, hints.get(name)):
                self.context = name
            elif name not in hints:
                raise DefinitionError(f"{self.place}: parameter {name} has no annotation; its type says the property's")
            else:
                if parameter.default is not ABSENT:
                    self._defaulted.add(name)
                properties.append(property_of(name, hints[name], parameter.default, f"{self.place}: {name}"))
        self.properties = tuple(properties)
        names = [one.name for one in properties]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise DefinitionError(f'{self.place}: two properties are named "{twice}"')

    def call(self, values: Mapping[str, Any], context: Context[Any] | None) -> Any:
        """Its result; an async function is run to its end. A context is made for a function that takes one."""
        # An absent value leaves the parameter its own default.
        given = {name: value for name, value in values.items() if value is not None or name not in self._defaulted}
        if self.context is not None:
            given[self.context] = context
        return finish(self.function(**given))


_Parameters: TypeAlias = Mapping[str, inspect.Parameter]


@functools.cache
def _known(function: FunctionType) -> _Parameters:
    return inspect.signature(function).parameters


def _parameters(function: Callable[..., Any]) -> _Parameters:
    """Those of a hook are asked for when the piece is defined, and no call works them out again."""
    return _known(function) if isinstance(function, FunctionType) else inspect.signature(function).parameters


def call_by_name(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """Calls a hook or a function of options with what its parameters name; what is not there is None or its default."""
    given: dict[str, Any] = {}
    for name, parameter in _parameters(function).items():
        if parameter.kind is parameter.VAR_KEYWORD:
            given.update({key: value for key, value in values.items() if key not in given})
        elif parameter.kind is not parameter.VAR_POSITIONAL and (
            values.get(name) is not None or parameter.default is ABSENT
        ):
            given[name] = values.get(name)
    return finish(function(**given))


def check_hook(function: Callable[..., Any], known: set[str], what: str) -> None:
    """Raises where a hook takes what nobody hands it."""
    for name, parameter in _parameters(function).items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) or parameter.default is not ABSENT:
            continue
        if name not in known:
            known_words = ", ".join(sorted(known))
            raise DefinitionError(f"{place_of(function)}: {what} has nothing for parameter {name}; there are: {known_words}")
