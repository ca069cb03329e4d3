"""Runs what an author's function returned to its end, async or not."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from typing import Any

run_coroutine: Callable[[Coroutine[Any, Any, Any]], Any] | None = None
"""In a component: the loop over the host's polling. None: asyncio's own."""


def finish(result: Any) -> Any:
    """The result; that of a coroutine once it has ended."""
    if not inspect.iscoroutine(result):
        return result
    if run_coroutine is not None:
        return run_coroutine(result)
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(result)
    # A unit test that is async itself: its loop is busy with this very call.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, result).result()
