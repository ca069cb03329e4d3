import random
import secrets
import time
from typing import Annotated, Any, Literal

from ap_piece import Failure, Piece, Prop


def bug() -> None:
    raise IndexError("a bug on purpose")


def now() -> int:
    return int(time.time() * 1000)


def add(piece: Piece) -> None:
    @piece.action("clock", title="Clock", description="Says the time before and after a pause.", require_auth=False)
    def clock(wait_ms: Annotated[float, Prop(name="waitMs", title="Pause")] = 0) -> dict[str, int]:
        start = now()
        time.sleep(wait_ms / 1000)
        return {"start": start, "end": now()}

    @piece.action(
        "random",
        title="Random",
        description="Answers with an ordinary random number and a secret token.",
        require_auth=False,
    )
    def numbers() -> dict[str, Any]:
        return {"number": random.random(), "token": secrets.token_hex(16)}

    @piece.action("fail", title="Fail", description="Ends in every way but a good one.", require_auth=False)
    def fail(
        how: Annotated[
            Literal["refuse", "retry", "later", "error", "bug"],
            Prop(
                title="How",
                options=[
                    ("Refuse", "refuse"),
                    ("Ask for a pause", "retry"),
                    ("Ask for another try", "later"),
                    ("Error", "error"),
                    ("Bug", "bug"),
                ],
            ),
        ],
    ) -> None:
        if how == "refuse":
            detail = {"what": "thing", "list": [1, None, "ä"]}
            raise Failure("no_such_thing", "There is none: ünï 😀", detail=detail)
        if how == "retry":
            raise Failure("rate_limited", "The server asks for a pause.", retry_after=7)
        if how == "later":
            raise Failure("busy", "Try again.", retry_after=0)
        if how == "error":
            raise ValueError("an error on purpose")
        bug()

    @piece.action(
        "burn",
        title="Burn",
        description="Computes; without end, if the number of rounds is negative.",
        require_auth=False,
    )
    def burn(rounds: Annotated[int, Prop(title="Rounds")]) -> int:
        x, n = 1, 0
        while rounds < 0 or n < rounds:
            x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
            n += 1
        return x

    @piece.action("large", title="Large", description="Answers with a text of so many x.", require_auth=False)
    def large(chars: Annotated[int, Prop(title="Characters")]) -> str:
        return "x" * chars

    @piece.action(
        "nested", title="Nested", description="Answers with so many lists in each other.", require_auth=False
    )
    def nested(depth: Annotated[int, Prop(title="Depth")]) -> list[Any]:
        value: list[Any] = []
        for _ in range(depth - 1):
            value = [value]
        return value
