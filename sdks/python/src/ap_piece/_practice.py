"""A piece that stands for any other, for the calls that the build practises (`_component`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from .context import Context
from .failure import Failure
from .payload import Encoding
from .piece import Piece
from .prop import Prop


def piece(encoding: Encoding) -> Piece:
    """With that encoding: an action of the usual properties, one that refuses, and one that is async."""
    made = Piece("Practice", encoding=encoding)

    @made.action("act")
    def act(
        value: Annotated[dict[str, Any], Prop(title="Value")],
        text: str = "",
        number: int = 1,
        kind: Literal["a", "b"] = "a",
        items: list[str] | None = None,
        *,
        ctx: Context[None],
    ) -> dict[str, Any]:
        return {"value": value, "text": f"{text} {number}", "kind": kind, "items": items, "run": ctx.run.id}

    @made.action("refuse")
    def refuse(text: str) -> None:
        raise Failure("not_found", text)

    @made.action("wait")
    async def wait(text: str) -> str:
        return text

    return made


def calls(with_async: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and inputs as the host sends them."""
    run = {
        "id": "1",
        "projectId": "default",
        "attempt": 1,
        "executionType": "BEGIN",
        "testing": False,
        "deadline": "2000-01-01T00:00:30.000Z",
    }
    value = {"text": "ü", "list": [1, 2.5, True, None], "nested": {"key": "value"}}
    yield "act", {"props": {"value": value, "text": "a", "number": 2, "kind": "b", "items": ["a", "b"]}, "run": run}
    yield "act", {"props": {"value": {"hello": "world"}}, "run": run}
    yield "refuse", {"props": {"text": "no such item"}, "run": run}
    if with_async:
        yield "wait", {"props": {"text": "a"}, "run": run}
