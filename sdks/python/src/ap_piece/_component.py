"""The component's side: what the build runs once, and the five functions of the contract on the wire. The entry module that
the build writes imports it."""

from __future__ import annotations

import gc
import importlib
import inspect
import json
import linecache
import os
import random
import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import ap_piece_types, environment

from . import _compat, _describe, _failures, _handler, _host, _log, _practice, _resolve, payload
from ._compat import late
from ._property import DefinitionError
from ._wasm import WasmHost
from .piece import Action, Piece, Trigger

T = TypeVar("T")

_HEAD_ROOM_BYTES = 1024 * 1024

_piece: Piece
_description: str
_randoms: list[random.Random] = []
_load: Callable[[], str] | None = None
"""Until the modules of a piece have run: what runs them."""
_begun = False
"""Whether this instance was made to differ from its siblings."""


def prepare(module: str, home: str, packages: str) -> None:
    """Runs once for many pieces: what they have in common is in memory then, and the build goes on from there with the
    modules of one piece. `home` and `packages` are the folders of the author's modules and of the packages."""
    global _load
    _failures.home, _failures.packages = home, packages
    _host.set_building(True)
    _compat.before()
    _load = lambda: _loaded(module, home, packages)
    gc.collect()


def _loaded(module: str, home: str, packages: str) -> str:
    """Answers for the build, as JSON: bytes of source by their origin, or a traceback."""
    global _load
    _load = None
    # When these folders were last looked at, nothing was in them.
    sys.path_importer_cache.clear()
    try:
        return json.dumps({"origins": _run_modules(module, home, packages)})
    except BaseException:
        return json.dumps({"error": traceback.format_exc()})


def _run_modules(module: str, home: str, packages: str) -> dict[str, int]:
    """Runs at build time, before the snapshot: imports the author's module and whatever may be needed later."""
    global _piece, _description
    _piece = _piece_of(importlib.import_module(module))
    if any(inspect.iscoroutinefunction(function) for function in _functions(_piece)):
        importlib.import_module("asyncio")
    _compat.after()
    if "asyncio" in sys.modules:
        from . import _loop

        _loop.install()
    _description = payload.json.encode(_describe.describe(_piece)).decode()
    _keep_sources(home)
    origins = _origins(home, packages)
    _host.set_host(WasmHost())
    _host.set_building(False)
    _log.install()
    # What frozen Random objects say would be the same in every instance.
    _randoms[:] = [one for one in gc.get_objects() if isinstance(one, random.Random) and type(one) is not random.SystemRandom]
    _practise()
    # Room for what a call makes: an instance whose memory grew is not put back for the next call.
    bytes(_HEAD_ROOM_BYTES)
    gc.collect()
    gc.freeze()
    late.begin()
    return origins


_ROUNDS = 20


def _practise() -> None:
    """Calls a piece of its own as the host calls, some times: what the interpreter learns of that way, instructions for the
    types that it meets and places of attributes, is in the snapshot then. Each call begins with a fresh instance, and would
    learn it anew."""
    global _piece, _begun
    own, _piece = _piece, _practice.piece(_piece.encoding)
    handler = Handler()
    calls = [(name, _encoded(given)) for name, given in _practice.calls("asyncio" in sys.modules)]
    for _ in range(_ROUNDS):
        for name, given in calls:
            _begun = False
            try:
                handler.init(b"")
                handler.action(name, given)
            except Err:
                pass
    _piece, _begun = own, False


def _begin() -> None:
    """Gives this instance what the build must not: the environment, and random numbers of its own."""
    global _begun
    if _begun:
        return
    _begun = True
    for name, value in environment.get_environment():
        os.environ[name] = value
    for one in _randoms:
        one.seed(int.from_bytes(os.urandom(32), "big"))


def _piece_of(module: ModuleType) -> Piece:
    found = {id(one): one for one in vars(module).values() if isinstance(one, Piece)}
    if len(found) != 1:
        words = "makes no Piece" if not found else f"makes {len(found)} Pieces"
        raise DefinitionError(f'{module.__name__}.py {words}; it must hold one: piece = Piece("…")')
    piece = next(iter(found.values()))
    if piece.faults:
        raise DefinitionError("\n  ".join(["the definition of the piece is not right:", *piece.faults]))
    return piece


def _functions(piece: Piece) -> list[Callable[..., Any]]:
    """Every function of the author that the piece may call."""
    callables: list[Action | Trigger[Any, Any]] = [*piece.actions.values(), *piece.triggers.values()]
    found = [one.run.function for one in callables]
    found += [hook for trigger in piece.triggers.values() for hook in trigger.hooks.values()]
    found += [check for auth in piece.connections for check in auth.checks.values()]
    found += [event for event in (piece.events.parse, piece.events.verify) if event is not None]
    for one in callables:
        for prop in one.run.properties:
            found += [inner.compute for inner in (prop, *(prop.properties or ())) if inner.compute is not None]
    return found


def _keep_sources(home: str) -> None:
    """Lines of the author's files, for tracebacks: the files are gone at run time."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and file.startswith(f"{home}/"):
            lines = linecache.getlines(file)
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def _origins(home: str, packages: str) -> dict[str, int]:
    """Bytes of source by where they come from, for the size report."""
    sdk = os.path.dirname(os.path.abspath(__file__))
    sizes: dict[str, int] = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not file or not os.path.exists(file):
            continue
        if file.startswith(f"{home}/"):
            origin = "your code"
        elif file.startswith(sdk):
            origin = "ap-piece"
        elif packages and file.startswith(f"{packages}/"):
            origin = file[len(packages) + 1 :].partition("/")[0].removesuffix(".py")
        else:
            origin = "standard library"
        sizes[origin] = sizes.get(origin, 0) + os.path.getsize(file)
    return sizes


def _guarded(work: Callable[[], T]) -> T:
    """An exception that left an export would be a trap without words: every one becomes a failure."""
    try:
        try:
            _begin()
            return work()
        finally:
            _log.flush()
    except BaseException as error:
        failure = _failures.to_failure(error)
        try:
            detail = None if failure.detail is None else _piece.encoding.encode(failure.detail)
        except BaseException:
            detail = None
        told = ap_piece_types.Failure(str(failure.code), str(failure.message), failure.retry_after_ms, detail)
        # The traceback holds the frames' values; nothing of a call is to stay.
        error.__traceback__ = None
    raise Err(told)


class Handler(exports.Handler):
    """The five functions."""

    def describe(self) -> str:
        """The description, made at build time; until then what the build asks for, once."""
        return _description if _load is None else _load()

    def init(self, config: bytes) -> None:
        """Makes this instance differ from its siblings where it must."""
        _guarded(_begin)

    def action(self, name: str, input: bytes) -> bytes:
        """Runs one action."""
        return _guarded(lambda: _encoded(_handler.run_action(_piece, name, _decoded(input))))

    def trigger(self, name: str, hook: Any, input: bytes) -> bytes:
        """Runs one hook of one trigger."""
        word = hook.name.lower().replace("_", "-")
        return _guarded(lambda: _encoded(_handler.run_trigger(_piece, name, word, _decoded(input))))

    def resolve(self, path: str, input: bytes) -> bytes:
        """Computes what surrounds a call."""
        return _guarded(lambda: _encoded(_resolve.resolve(_piece, path, _decoded(input))))


def _encoded(value: Any) -> bytes:
    return _piece.encoding.encode(value)


def _decoded(data: bytes) -> Any:
    return _piece.encoding.decode(data)
