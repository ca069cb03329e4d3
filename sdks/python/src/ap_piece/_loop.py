"""asyncio over wasi:io/poll: the standard loop with a selector that polls the host's pollables instead of sockets."""

from __future__ import annotations

import asyncio
from asyncio import base_events
from collections.abc import Callable, Coroutine
from typing import Any

from wit_world.imports import monotonic_clock, poll

from . import _wait, _wire


class _Selector:
    def __init__(self) -> None:
        self.waiting: list[tuple[Any, asyncio.Future[None]]] = []

    def select(self, timeout: float | None = None) -> list[tuple[Any, asyncio.Future[None]]]:
        """What is ready, after `timeout` seconds at most."""
        pollables = [pollable for pollable, _ in self.waiting]
        if timeout is None and not pollables:
            raise RuntimeError("the piece waits for something that never comes")
        if timeout is not None and timeout <= 0 and not pollables:
            return []
        timer = None
        if timeout is not None:
            timer = monotonic_clock.subscribe_duration(max(0, int(timeout * 1e9)))
            pollables.append(timer)
        try:
            ready = set(poll.poll(pollables))
        finally:
            if timer is not None:
                timer.__exit__(None, None, None)
        done = [wait for index, wait in enumerate(self.waiting) if index in ready]
        self.waiting = [wait for index, wait in enumerate(self.waiting) if index not in ready]
        return done

    def get_map(self) -> dict[int, Any]:
        return {}

    def close(self) -> None:
        self.waiting.clear()


class WasiLoop(base_events.BaseEventLoop):
    """The loop of one call."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _Selector()

    def time(self) -> float:
        """Seconds of the monotonic clock."""
        return monotonic_clock.now() / 1e9

    def _process_events(self, event_list: list[tuple[Any, asyncio.Future[None]]]) -> None:
        for _, future in event_list:
            if not future.done():
                future.set_result(None)

    def _write_to_self(self) -> None:
        """Nobody wakes the loop from another thread: there is none."""

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """There are no threads: it is done at once."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


async def _ready(pollable: Any) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WasiLoop)
    future = loop.create_future()
    wait = (pollable, future)
    loop._selector.waiting.append(wait)
    try:
        await future
    finally:
        # Cancelled: the pollable is about to go, and must not be polled again.
        if wait in loop._selector.waiting:
            loop._selector.waiting.remove(wait)


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=WasiLoop) as runner:
        return runner.run(coroutine)


def install() -> None:
    """From here on async functions, and `asyncio.run` of the author, run in this loop."""
    _wait.run_coroutine = _run
    _wire.ready = _ready
    asyncio.new_event_loop = asyncio.events.new_event_loop = WasiLoop
