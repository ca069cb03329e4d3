"""Writes down what Wasmtime counts, for the tests to compare with. The figures are committed, so that no test needs it.

    python3 -m venv .venv && .venv/bin/pip install wasmtime==50.0.1
    .venv/bin/python wasmtime_figures.py kernels > kernels/kernels.json
    fuel-smith 1 2400 | .venv/bin/python wasmtime_figures.py corpus 420 | gzip -9n > corpus.jsonl.gz
    fuel-smith 1000000 900 exceptions | .venv/bin/python wasmtime_figures.py corpus 100 | gzip -9n > exceptions.jsonl.gz

`corpus` keeps the modules of which at least one call returns, and adds the fuel of each call, null where it traps.
"""

import base64
import json
import sys
from importlib.metadata import version
from pathlib import Path

from wasmtime import Config, Engine, Instance, Module, Store, Trap, WasmtimeError

HERE = Path(__file__).parent
PLENTY = 10**15
# What a call is given by the place of a parameter; test/fuel/corpus.ts says the same.
ARGUMENTS = [7, -1, 3, 100, 0]


def engine():
    config = Config()
    config.consume_fuel = True
    config.wasm_exceptions = True
    config.wasm_function_references = True
    config.wasm_gc = True  # exceptions need it in Wasmtime
    return Engine(config)


def fuel_of(engine, module, name, arguments):
    """Fuel and results of one call in an instance of its own; None where it traps."""
    store = Store(engine)
    store.set_fuel(PLENTY)
    try:
        exports = Instance(store, module, []).exports(store)
        if "prepare" in exports:
            exports["prepare"](store)
        before = store.get_fuel()
        result = exports[name](store, *arguments)
    except (Trap, WasmtimeError):
        return None
    return before - store.get_fuel(), result


def kernels():
    table = json.loads((HERE / "kernels/kernels.table.json").read_text())
    modules = {
        "c": base64.b64decode((HERE / "kernels/kernels.wasm.base64").read_text()),
        "hand": (HERE / "kernels/hand.wat").read_text(),
    }
    of = engine()
    rows = []
    for file, calls in table.items():
        module = Module(of, modules[file])
        for name, argument in calls.items():
            fuel, result = fuel_of(of, module, name, [argument])
            rows.append({"file": file, "name": name, "argument": argument, "result": result, "fuel": fuel})
    print(json.dumps({"engine": f"wasmtime {version('wasmtime')}", "rows": rows}, indent=2))


def corpus(wanted):
    of = engine()
    for line in sys.stdin:
        if wanted == 0:
            continue  # a pipe that is read to its end breaks nobody's writing
        row = json.loads(line)
        module = Module(of, bytes.fromhex(row["wasm"]))
        row["fuel"] = [
            (fuel_of(of, module, name, arguments(letters)) or [None])[0] for name, letters in row["calls"]
        ]
        if any(fuel is not None for fuel in row["fuel"]):
            print(json.dumps(row, separators=(",", ":")))
            wanted -= 1


def arguments(letters):
    return [
        float(ARGUMENTS[i % len(ARGUMENTS)]) if letter in "fF" else ARGUMENTS[i % len(ARGUMENTS)]
        for i, letter in enumerate(letters)
    ]


match sys.argv[1:]:
    case ["kernels"]:
        kernels()
    case ["corpus", count]:
        corpus(int(count))
    case _:
        sys.exit(__doc__)
