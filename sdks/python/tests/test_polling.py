import json
import time
from pathlib import Path
from typing import Any

import pytest
from ap_piece import Context, Piece
from ap_piece.testing import new_outside, run_trigger

ROOT = Path(__file__).parents[3]
CASES = json.loads((ROOT / "test/conformance/polling.json").read_text())["cases"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_step_by_step(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    outside = new_outside()
    outside.values.update({f"flow/{key}": json.dumps(value) for key, value in case.get("store", {}).items()})
    asked: list[Any] = []
    items: list[Any] = []
    by_time = case["strategy"] == "timebased"
    piece = Piece("P")

    @piece.polling("t", time="at" if by_time else None, data="data", max_items=case.get("maxItems"))
    def source(*, ctx: Context[None]) -> list[Any]:
        asked.append(ctx.last_poll if by_time else ctx.last_item)
        return items

    for step in case["steps"]:
        monkeypatch.setattr(time, "time", lambda now=step["now"]: now / 1000)
        asked.clear()
        items[:] = step.get("items", [])
        output = run_trigger(piece, "t", step["hook"])
        assert asked == ([step["asked"]] if "asked" in step else [])
        if "output" in step:
            assert output == step["output"]
        kept = {key.removeprefix("flow/"): json.loads(text) for key, text in outside.values.items()}
        assert kept == step["store"]


@pytest.mark.parametrize("moment", ["1970-01-01T00:00:02Z", 2000, "1970-01-01T01:00:02+01:00"])
def test_moments_are_texts_or_milliseconds(moment: Any) -> None:
    outside = new_outside()
    piece = Piece("P")

    @piece.polling("t", time=lambda item: item)
    def source() -> list[Any]:
        return [moment]

    assert run_trigger(piece, "t", "run") == [moment]
    assert outside.values == {"flow/lastPoll": "2000"}
