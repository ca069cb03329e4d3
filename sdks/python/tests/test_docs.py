"""Every public name says what it is."""

import importlib
import inspect
import pkgutil
from typing import Any

import ap_piece
import pytest

MODULES = ["ap_piece"] + [
    f"ap_piece.{one.name}" for one in pkgutil.iter_modules(ap_piece.__path__) if not one.name.startswith("_")
]


def members(name: str) -> list[tuple[str, Any]]:
    module = importlib.import_module(name)
    found: list[tuple[str, Any]] = [(name, module)]
    for word in module.__all__ if hasattr(module, "__all__") else ():
        thing = getattr(module, word)
        if not (inspect.isclass(thing) or inspect.isfunction(thing)) or not thing.__module__.startswith("ap_piece"):
            continue
        found.append((f"{name}.{word}", thing))
        if inspect.isclass(thing):
            found += [
                (f"{name}.{word}.{key}", value.fget if isinstance(value, property) else value)
                for key, value in vars(thing).items()
                if not key.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))
            ]
    return found


@pytest.mark.parametrize("name", MODULES)
def test_is_documented(name: str) -> None:
    without = [place for place, thing in members(name) if not (thing.__doc__ or "").strip()]
    assert without == []


@pytest.mark.parametrize("name", [one for one in MODULES if one not in ("ap_piece.version",)])
def test_says_what_is_public(name: str) -> None:
    module = importlib.import_module(name)
    assert all(hasattr(module, word) for word in module.__all__)
