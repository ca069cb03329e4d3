"""Carries one exchange to its end: blocking, or beside others in the loop. Nothing here follows redirects."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from ._host import Answer, Exchange, host

ready: Callable[[Any], Awaitable[None]] | None = None
"""In a component: waits for a pollable of the host in the loop."""


class TooLong(TimeoutError):
    """The time that an exchange was given is over."""


def send(exchange: Exchange) -> Answer:
    """Blocks until the answer is there as a whole; raises TooLong."""
    outside = host()
    ends = None if exchange.timeout is None else time.monotonic() + exchange.timeout
    waiting = outside.exchange(exchange)
    try:
        while True:
            try:
                pollable = next(waiting)
            except StopIteration as done:
                answer: Answer = done.value
                return answer
            if not outside.block(pollable, None if ends is None else max(0.0, ends - time.monotonic())):
                raise TooLong
    finally:
        # Given up: what it holds of the host goes now, not when the collector comes by.
        waiting.close()


async def asend(exchange: Exchange) -> Answer:
    """The same, while others go on."""
    import asyncio

    if ready is None:
        return await asyncio.to_thread(send, exchange)
    waiting = host().exchange(exchange)
    try:
        async with asyncio.timeout(exchange.timeout):
            while True:
                try:
                    pollable = next(waiting)
                except StopIteration as done:
                    answer: Answer = done.value
                    return answer
                await ready(pollable)
    except TimeoutError as error:
        raise TooLong from error
    finally:
        waiting.close()
