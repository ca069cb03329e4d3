"""Carries one exchange to its end: blocking, or beside others in the loop. Nothing here follows redirects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ._host import Answer, Exchange, host

ready: Callable[[Any], Awaitable[None]] | None = None
"""In a component: waits for a pollable of the host in the loop."""


def send(exchange: Exchange) -> Answer:
    """Blocks until the answer is there as a whole."""
    outside = host()
    waiting = outside.exchange(exchange)
    while True:
        try:
            pollable = next(waiting)
        except StopIteration as done:
            answer: Answer = done.value
            return answer
        outside.block(pollable)


async def asend(exchange: Exchange) -> Answer:
    """The same, while others go on."""
    if ready is None:
        import asyncio

        return await asyncio.to_thread(send, exchange)
    waiting = host().exchange(exchange)
    try:
        while True:
            try:
                pollable = next(waiting)
            except StopIteration as done:
                answer: Answer = done.value
                return answer
            await ready(pollable)
    finally:
        # Cancelled: what it holds of the host goes now, not when the collector comes by.
        waiting.close()
