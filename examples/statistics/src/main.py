from typing import Annotated, Any, Literal

from ap_piece import Failure, File, LongText, Options, Piece, Prop

import analyses
from measures import Measure
from source import Source
from table import Table, open_table
from values import Decimal

piece = Piece(
    "Statistics",
    description="Statistics over CSV files: summaries, groups, pivots, correlations, outliers.",
    categories=["BUSINESS_INTELLIGENCE"],
)

FileProp = Annotated[File | None, Prop(title="File", description="A CSV file of any size that fits a call.")]
TextProp = Annotated[LongText | None, Prop(title="Text", description="The table itself, where there is no file.")]
HeaderProp = Annotated[bool, Prop(title="The first row holds names")]
DelimiterProp = Annotated[
    Literal[",", ";", "\t", "|"] | None,
    Prop(
        title="Delimiter",
        description="Found out where it is not given.",
        options=[("Comma", ","), ("Semicolon", ";"), ("Tab", "\t"), ("Bar", "|")],
    ),
]
DecimalProp = Annotated[
    Decimal | None,
    Prop(title="Decimal sign", description="Found out where it is not given.", options=[("Point", "."), ("Comma", ",")]),
]
EncodingProp = Annotated[
    str | None, Prop(title="Encoding", description="utf-8, utf-16, windows-1252 …; found out where it is not given.")
]
MeasureProp = Annotated[
    Measure,
    Prop(
        title="Measure",
        options=[
            ("Count", "count"),
            ("Sum", "sum"),
            ("Mean", "mean"),
            ("Median", "median"),
            ("Smallest", "min"),
            ("Largest", "max"),
            ("Standard deviation", "stdev"),
            ("Different values", "distinct"),
        ],
    ),
]


def column_names(file: Any, text: str | None) -> Any:
    """The names in the first row, while a flow is built."""
    given = File(file["filename"], file["mediaType"], file["size"], file["reference"]) if file else None
    if given is None and not text:
        return Options(disabled=True, placeholder="Give a file or a text first, or type the name")
    try:
        return [column.name for column in open_table(Source(given, text)).columns]
    except Failure as failure:
        return Options(disabled=True, placeholder=failure.message)


ColumnProp = Annotated[str, Prop(options=column_names, refreshers=["file", "text"])]


def _table(
    file: File | None, text: str | None, header: bool, delimiter: str | None, decimal: Decimal | None, encoding: str | None
) -> Table:
    return open_table(Source(file, text, encoding, delimiter), header=header, decimal=decimal)


@piece.action("summarize", title="Summarize", ai_metadata={"idempotent": True})
def summarize(
    file: FileProp = None,
    text: TextProp = None,
    header: HeaderProp = True,
    delimiter: DelimiterProp = None,
    decimal: DecimalProp = None,
    encoding: EncodingProp = None,
) -> dict[str, Any]:
    """Says of each column what it holds: type, missing values, range, mean, quartiles, most frequent values."""
    return analyses.summarize(_table(file, text, header, delimiter, decimal, encoding))


@piece.action("group_by", title="Group and measure", ai_metadata={"idempotent": True})
def group_by(
    by: Annotated[list[str], Prop(title="Group by", options=column_names, refreshers=["file", "text"])],
    value: Annotated[ColumnProp | None, Prop(title="Of", description="A column of numbers; not needed to count.")] = None,
    measure: MeasureProp = "count",
    file: FileProp = None,
    text: TextProp = None,
    header: HeaderProp = True,
    delimiter: DelimiterProp = None,
    decimal: DecimalProp = None,
    encoding: EncodingProp = None,
) -> dict[str, Any]:
    """Measures a column for each combination of values in others, the largest first."""
    if not by:
        raise Failure("invalid_input", "by: name one column at least")
    return analyses.group_by(_table(file, text, header, delimiter, decimal, encoding), by, value, measure)


@piece.action("pivot", title="Pivot", ai_metadata={"idempotent": True})
def pivot(
    rows: Annotated[ColumnProp, Prop(title="Rows")],
    columns: Annotated[ColumnProp, Prop(title="Columns")],
    value: Annotated[ColumnProp | None, Prop(title="Of", description="A column of numbers; not needed to count.")] = None,
    measure: MeasureProp = "count",
    file: FileProp = None,
    text: TextProp = None,
    header: HeaderProp = True,
    delimiter: DelimiterProp = None,
    decimal: DecimalProp = None,
    encoding: EncodingProp = None,
) -> dict[str, Any]:
    """Measures a column for each pair of values in two others, as a table."""
    return analyses.pivot(_table(file, text, header, delimiter, decimal, encoding), rows, columns, value, measure)


@piece.action("correlate", title="Correlate", ai_metadata={"idempotent": True})
def correlate(
    columns: Annotated[
        list[str] | None,
        Prop(
            title="Columns",
            description="All columns of numbers, where none are named.",
            options=column_names,
            refreshers=["file", "text"],
        ),
    ] = None,
    file: FileProp = None,
    text: TextProp = None,
    header: HeaderProp = True,
    delimiter: DelimiterProp = None,
    decimal: DecimalProp = None,
    encoding: EncodingProp = None,
) -> dict[str, Any]:
    """Says how columns of numbers move together (Pearson and Spearman), the strongest pair first."""
    return analyses.correlate(_table(file, text, header, delimiter, decimal, encoding), columns)


@piece.action("outliers", title="Find outliers", ai_metadata={"idempotent": True})
def outliers(
    column: Annotated[ColumnProp, Prop(title="Column")],
    method: Annotated[
        analyses.Method,
        Prop(title="Method", options=[("Distance from the quartiles", "iqr"), ("Standard deviations", "zscore")]),
    ] = "iqr",
    factor: Annotated[
        float | None, Prop(title="Factor", description="1.5 quartile distances or 3 deviations unless given.")
    ] = None,
    limit: Annotated[int, Prop(title="At most")] = 100,
    file: FileProp = None,
    text: TextProp = None,
    header: HeaderProp = True,
    delimiter: DelimiterProp = None,
    decimal: DecimalProp = None,
    encoding: EncodingProp = None,
) -> dict[str, Any]:
    """Finds the rows whose number lies far from the others, the farthest first."""
    if factor is None:
        factor = 1.5 if method == "iqr" else 3
    if factor <= 0 or not 0 < limit <= 1000:
        raise Failure("invalid_input", "factor must be above 0, and limit 1 to 1,000")
    table = _table(file, text, header, delimiter, decimal, encoding)
    return analyses.outliers(table, column, method, factor, limit)


@piece.action("read_rows", title="Read rows", ai_metadata={"idempotent": True})
def read_rows(
    limit: Annotated[int, Prop(title="At most")] = 100,
    offset: Annotated[int, Prop(title="Rows to skip")] = 0,
    file: FileProp = None,
    text: TextProp = None,
    header: HeaderProp = True,
    delimiter: DelimiterProp = None,
    decimal: DecimalProp = None,
    encoding: EncodingProp = None,
) -> dict[str, Any]:
    """Reads rows as records with numbers, days and booleans as such."""
    if offset < 0 or not 0 < limit <= 10_000:
        raise Failure("invalid_input", "offset must not be below 0, and limit 1 to 10,000")
    return analyses.rows(_table(file, text, header, delimiter, decimal, encoding), offset, limit)
