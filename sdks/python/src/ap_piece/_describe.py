"""The description of a piece, as the contract says: its definitions without their functions."""

from __future__ import annotations

from typing import Any

from ._property import describe_properties
from .piece import Action, Piece, Trigger
from .version import VERSION


def describe(piece: Piece) -> dict[str, Any]:
    """What `describe` returns, as a value."""
    has_auth = len(piece.connections) > 0
    found: dict[str, Any] = {
        "contract": "0.1",
        "encoding": piece.encoding.name,
        "sdk": {"language": "python", "version": VERSION},
        "displayName": piece.title,
        "description": piece.description,
    }
    if piece.logo_url is not None:
        found["logoUrl"] = piece.logo_url
    found["authors"] = list(piece.authors)
    found["categories"] = list(piece.categories)
    if has_auth:
        found["auth"] = [one.describe() for one in piece.connections]
    found["actions"] = {name: _common(one, has_auth) | dict(one.meta.more) for name, one in piece.actions.items()}
    found["triggers"] = {name: _trigger(one, has_auth) for name, one in piece.triggers.items()}
    return found


def _common(one: Action | Trigger[Any, Any], has_auth: bool) -> dict[str, Any]:
    return {
        "displayName": one.meta.title,
        "description": one.meta.description,
        "props": describe_properties(one.run.properties),
        "requireAuth": has_auth if one.meta.require_auth is None else one.meta.require_auth,
    }


def _trigger(one: Trigger[Any, Any], has_auth: bool) -> dict[str, Any]:
    return {
        **_common(one, has_auth),
        "type": one.type,
        "sampleData": one.sample_data,
        "testStrategy": _test_strategy(one),
        **one.meta.more,
    }


def _test_strategy(one: Trigger[Any, Any]) -> str:
    """Activepieces' rule: what can be tested by calling is, the rest waits for a real event."""
    by_calling = (
        one.type in ("POLLING", "MANUAL")
        or "test" in one.hooks
        or (one.type == "APP_WEBHOOK" and one.sample_data is not None)
    )
    return "TEST_FUNCTION" if by_calling else "SIMULATION"
