from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Annotated, Any, Literal

from ap_piece import Color, DateRange, File, Json, LongText, Markdown, Options, Piece, Prop, RichText

Number = int | float
LEVELS = [("One", 1), ("Two", 2), ("Three", 3)]


def kinds() -> list[tuple[str, int]]:
    return [("One", 1)]


@dataclass
class Row:
    name: Annotated[str, Prop(title="Name")]
    count: Annotated[Number | None, Prop(title="Count")] = 1
    kind: Annotated[Any, Prop(title="Kind", options=kinds)] = None


def city_options(auth: Any, mode: str | None, search: str | None) -> Any:
    if auth is None:
        return Options(disabled=True, placeholder="connect first")
    return [(f"{mode or '-'}/{search or '-'}", {"id": 7})]


def two_cities() -> list[tuple[str, str]]:
    return [("Rome", "rome"), ("Zürich", "zuerich")]


def rome() -> list[tuple[str, str]]:
    return [("Rome", "rome")]


def more_fields(mode: str | None) -> dict[str, Any]:
    said = mode or "-"
    unit = Prop(title="Unit", options=lambda: [(f"Metre ({said})", "m")])
    return {
        "size": Annotated[Number, Prop(title=f"Size ({said})")],
        "unit": Annotated[str | None, unit],
    }


def size_field() -> dict[str, Any]:
    return {"size": Annotated[Number | None, Prop(title="Size")]}


def said(values: dict[str, Any]) -> dict[str, Any]:
    """Those that have a value."""
    found = {name: value for name, value in values.items() if value is not None}
    if "rows" in found:
        found["rows"] = [said(vars(row)) for row in found["rows"]]
    if "file" in found:
        found["file"] = found["file"].base64
    return found


def add(piece: Piece) -> None:
    @piece.action("echo", title="Echo", description="Answers with the value that it was given.", require_auth=False)
    def echo(value: Annotated[Json, Prop(title="Value")] = None) -> Any:
        return value

    @piece.action(
        "all",
        title="All properties",
        description="Answers with the values of its properties.",
        require_auth=False,
        error_handling={"retryOnFailure": {"defaultValue": True}, "continueOnFailure": {"hide": True}},
        output_schema={"fields": [{"key": "short", "label": "Short"}], "itemLabel": "thing"},
        output_json_schema={"type": "object"},
        sample_output={"short": "x"},
        audience="both",
        ai_metadata={"description": "Echoes.", "idempotent": True},
    )
    def every(
        short: Annotated[str, Prop(title="Short", description="A word.")] = "x",
        long: Annotated[LongText | None, Prop(title="Long")] = None,
        rich: Annotated[RichText | None, Prop(title="Rich")] = None,
        note: Annotated[None, Markdown("**Read** me", "TIP")] = None,
        number: Annotated[Number | None, Prop(title="Number")] = None,
        check: Annotated[bool | None, Prop(title="Check")] = None,
        moment: Annotated[datetime | None, Prop(title="Moment")] = None,
        span: Annotated[DateRange | None, Prop(title="Span")] = None,
        color: Annotated[Color | None, Prop(title="Color")] = None,
        file: Annotated[File | None, Prop(title="File")] = None,
        json: Annotated[Json, Prop(title="JSON")] = None,
        object: Annotated[dict[str, Any] | None, Prop(title="Object")] = None,
        list: Annotated[list[Any] | None, Prop(title="List")] = None,
        rows: Annotated[list[Row] | None, Prop(title="Rows")] = None,
        mode: Annotated[Literal["fast", "slow"], Prop(title="Mode")] = "fast",
        levels: Annotated[list[int] | None, Prop(title="Levels", options=LEVELS)] = None,
        city: Annotated[Any, Prop(title="City", options=city_options, refreshers=["auth", "mode"])] = None,
        cities: Annotated[list[Any] | None, Prop(title="Cities", options=two_cities)] = None,
        fields: Annotated[dict[str, Any] | None, Prop(title="Fields", props=more_fields)] = None,
    ) -> dict[str, Any]:
        return said(locals())

    @piece.action(
        "defaults", title="Defaults", description="Answers with the values of its properties.", require_auth=False
    )
    def defaults(
        short: Annotated[str | None, Prop(title="Short")] = "short",
        long: Annotated[LongText | None, Prop(title="Long")] = "long\ntext",
        rich: Annotated[RichText | None, Prop(title="Rich")] = "<b>rich</b>",
        number: Annotated[Number | None, Prop(title="Number")] = 1.5,
        check: Annotated[bool | None, Prop(title="Check")] = True,
        moment: Annotated[datetime | None, Prop(title="Moment")] = datetime(2026, 1, 31, 12, tzinfo=timezone.utc),
        span: Annotated[DateRange | None, Prop(title="Span")] = DateRange("last_7_days"),
        color: Annotated[Color | None, Prop(title="Color")] = "#00ff00",
        json: Annotated[Json, Prop(title="JSON", required=False)] = {"a": [1, None]},
        object: Annotated[dict[str, Any] | None, Prop(title="Object")] = {"k": "v"},
        list: Annotated[list[Any] | None, Prop(title="List")] = ["a", "b"],
        mode: Annotated[Literal["fast", "slow"] | None, Prop(title="Mode")] = "slow",
        levels: Annotated[list[int] | None, Prop(title="Levels", options=LEVELS)] = [1, 3],
        city: Annotated[Any, Prop(title="City", options=rome, required=False)] = "rome",
        cities: Annotated[list[Any] | None, Prop(title="Cities", options=rome)] = ["rome"],
        fields: Annotated[dict[str, Any] | None, Prop(title="Fields", props=size_field)] = {"size": 1},
    ) -> dict[str, Any]:
        return said(locals())
