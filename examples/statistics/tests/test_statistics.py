import json
import math
from typing import Any

import pytest
from ap_piece import Failure
from ap_piece.testing import Outside, new_outside, resolve, run_action

from main import piece

GERMAN = 'Name;Umsatz;Datum;Aktiv\nMüller;1.234,50 €;01.02.2026;ja\n"Zwei\nZeilen; eine";99,90;15.02.2026;nein\n'


@pytest.fixture(autouse=True)
def outside() -> Outside:
    return new_outside()


def column(answer: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in answer["columns"] if one["name"] == name)
    return found


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252"), ("latin-1", "cp1252")
    ],
)  # fmt: skip
def test_encodings_and_dialects_are_found_out(outside: Outside, encoding: str, said: str) -> None:
    text = GERMAN.replace(" €", "") if encoding == "latin-1" else GERMAN
    answer = run_action(piece, "read_rows", {"file": outside.add_file("a.csv", text.encode(encoding))})
    assert (answer["encoding"], answer["delimiter"], answer["decimal"]) == (said, ";", ",")
    assert answer["types"] == {"Name": "text", "Umsatz": "number", "Datum": "date", "Aktiv": "boolean"}
    assert answer["records"] == [
        {"Name": "Müller", "Umsatz": 1234.5, "Datum": "2026-02-01", "Aktiv": True},
        {"Name": "Zwei\nZeilen; eine", "Umsatz": 99.9, "Datum": "2026-02-15", "Aktiv": False},
    ]


@pytest.mark.parametrize("encoding", ["iso8859_5", "cp1251", "shift_jis"])
def test_other_encodings_are_named(outside: Outside, encoding: str) -> None:
    text = "a,b\nДа,1\n" if encoding != "shift_jis" else "a,b\n日本,1\n"
    file = outside.add_file("a.csv", text.encode(encoding))
    answer = run_action(piece, "read_rows", {"file": file, "encoding": encoding})
    assert answer["records"][0]["a"] in ("Да", "日本")


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("1\n2\n\n3", "number", [1, 2, None, 3]),
        ("1,234.5\n2\n1e3", "number", [1234.5, 2, 1000]),
        ("1.234,5\n2\n7,25", "number", [1234.5, 2, 7.25]),
        ("12 %\n3%", "number", [12, 3]),
        ("$5\n-\n7", "number", [5, None, 7]),
        ("n/a\n4\nNULL", "number", [None, 4, None]),
        ("00123\n00456", "text", ["00123", "00456"]),
        ("20260131\n20260201", "date", ["2026-01-31", "2026-02-01"]),
        ("20269931\n5", "number", [20269931, 5]),
        ("31/12/2025\n01/02/2026", "date", ["2025-12-31", "2026-02-01"]),
        ("12/31/2025\n01/02/2026", "date", ["2025-12-31", "2026-01-02"]),
        ("2026-01-01T10:30:00\n2026-01-02T00:00:00", "date", ["2026-01-01T10:30:00", "2026-01-02"]),
        ("yes\nno\nYES", "boolean", [True, False, True]),
        ("a\n1\nb", "text", ["a", "1", "b"]),
        ("-\n\nn/a", "empty", [None, None, None]),
        ("1e999\n2\n3", "text", ["1e999", "2", "3"]),
    ],
)  # fmt: skip
def test_types_are_guessed(text: str, kind: str, values: list[Any]) -> None:
    table = "v|w\n" + "".join(f"{field}|x\n" for field in text.split("\n"))
    answer = run_action(piece, "read_rows", {"text": table})
    assert answer["types"]["v"] == kind
    assert [one["v"] for one in answer["records"]] == values


def test_a_few_fields_that_do_not_fit_are_told() -> None:
    text = "\n".join(["v", *map(str, range(40)), "oops"])
    answer = run_action(piece, "summarize", {"text": text})
    assert answer["warnings"] == ['1 fields of "v" are no number; they count as missing']
    assert column(answer, "v") | {"type": "number", "present": 40, "missing": 1, "max": 39} == column(answer, "v")


def test_ragged_rows_and_names_that_are_missing_or_twice() -> None:
    answer = run_action(piece, "read_rows", {"text": "a,,a\n1,2\n3,4,5,6\n\n7,8,9\n"})
    assert answer["records"] == [
        {"a": 1, "column 2": 2, "a (2)": None}, {"a": 3, "column 2": 4, "a (2)": 5}, {"a": 7, "column 2": 8, "a (2)": 9}
    ]  # fmt: skip
    assert answer["warnings"] == ["2 of 3 rows have another number of fields than there are columns"]


def test_a_table_without_names() -> None:
    answer = run_action(piece, "read_rows", {"text": "1;2\n3;4", "header": False})
    assert answer["records"] == [{"column 1": 1, "column 2": 2}, {"column 1": 3, "column 2": 4}]


def test_summaries() -> None:
    text = "n,t,d\n1,x,2026-01-02\n2,x,2026-01-01\n3,y,\n4,,2026-01-01\n"
    answer = run_action(piece, "summarize", {"text": text})
    assert answer["columns"] == [
        {
            "name": "n", "type": "number", "present": 4, "missing": 0, "distinct": 4, "sum": 10, "mean": 2.5,
            "stdev": 1.29099444874, "min": 1, "q1": 1.75, "median": 2.5, "q3": 3.25, "max": 4,
        },
        {
            "name": "t", "type": "text", "present": 3, "missing": 1, "distinct": 2, "unique": False,
            "top": [{"value": "x", "count": 2}, {"value": "y", "count": 1}], "shortest": 1, "longest": 1,
        },
        {
            "name": "d", "type": "date", "present": 3, "missing": 1, "distinct": 2, "unique": False,
            "top": [{"value": "2026-01-01", "count": 2}, {"value": "2026-01-02", "count": 1}],
            "first": "2026-01-01", "last": "2026-01-02",
        },
    ]  # fmt: skip


SALES = "region,product,price\nN,a,1\nN,b,2\nS,a,3\nS,a,5\n,b,7\n"


@pytest.mark.parametrize(
    ("measure", "expected"),
    [("sum", [8, 7, 3]), ("mean", [7, 4, 1.5]), ("max", [7, 5, 2]), ("count", [2, 2, 1]), ("stdev", [1.41421356237, 0.707106781187, None])],
)
def test_groups(measure: str, expected: list[Any]) -> None:
    answer = run_action(piece, "group_by", {"text": SALES, "by": ["region"], "value": "price", "measure": measure})
    assert [group["value"] for group in answer["groups"]] == expected


def test_groups_are_counted_without_a_column_of_numbers() -> None:
    answer = run_action(piece, "group_by", {"text": SALES, "by": ["region", "product"]})
    assert answer["groups"][0] == {"region": "S", "product": "a", "count": 2, "value": 2}


def test_pivots() -> None:
    props = {"text": SALES, "rows": "region", "columns": "product", "value": "price", "measure": "sum"}
    answer = run_action(piece, "pivot", props)
    assert answer["columns"] == ["a", "b"]
    assert answer["table"] == [
        {"region": "N", "a": 1, "b": 2}, {"region": "S", "a": 8, "b": None}, {"region": None, "a": None, "b": 7}
    ]  # fmt: skip


def test_correlations() -> None:
    lines = "\n".join(f"{x},{-2 * x},{math.exp(x)},x" for x in range(6))
    pairs = run_action(piece, "correlate", {"text": f"a,b,c,t\n{lines}\n9,,1,x"})["pairs"]
    assert pairs[0] == {"a": "a", "b": "b", "n": 6, "pearson": -1, "spearman": -1}
    assert {pair["n"] for pair in pairs} == {6, 7}
    (pair,) = run_action(piece, "correlate", {"text": "a,b\n1,5\n2,5", "columns": ["a", "b"]})["pairs"]
    assert pair["pearson"] is None


def test_outliers() -> None:
    text = "v,w\n" + "\n".join(f"{v},x" for v in [1, 2, 3, 4, 5, 6, 7, 100, -50])
    answer = run_action(piece, "outliers", {"text": text, "column": "v"})
    assert [(one["row"], one["value"]) for one in answer["outliers"]] == [(8, 100), (9, -50)]
    assert answer["outliers"][0]["values"] == {"v": 100, "w": "x"}
    answer = run_action(piece, "outliers", {"text": text, "column": "v", "method": "zscore", "factor": 2, "limit": 1})
    assert answer["count"] == 1


@pytest.mark.parametrize(
    ("action", "props", "code", "words"),
    [
        ("summarize", {}, "invalid_input", "give a file or a text"),
        ("summarize", {"text": " \n\n"}, "empty_table", "no rows"),
        ("summarize", {"text": "a,b\0c\n"}, "not_a_table", "Save it as CSV"),
        ("summarize", {"text": f'a\n"{"x" * 1_100_000}"'}, "not_a_table", "field larger than field limit"),
        ("summarize", {"text": "a", "encoding": "klingon"}, "invalid_input", "klingon"),
        ("group_by", {"text": SALES, "by": []}, "invalid_input", "name one column"),
        ("group_by", {"text": SALES, "by": ["nope"]}, "no_such_column", "there are: region, product, price"),
        ("group_by", {"text": SALES, "by": ["region"], "measure": "sum"}, "invalid_input", "needs a column of numbers"),
        ("group_by", {"text": SALES, "by": ["region"], "value": "product", "measure": "sum"}, "not_numbers", "holds text"),
        ("correlate", {"text": SALES}, "invalid_input", "1 columns of numbers"),
        ("outliers", {"text": SALES, "column": "price", "factor": -1}, "invalid_input", "factor"),
        ("read_rows", {"text": SALES, "limit": 0}, "invalid_input", "limit"),
    ],
)
def test_refusals(action: str, props: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(Failure, match=words) as refused:
        run_action(piece, action, props)
    assert refused.value.code == code


def test_too_many_groups_are_refused() -> None:
    text = "id\n" + "\n".join(map(str, range(10_001)))
    with pytest.raises(Failure, match="more than 10000 groups"):
        run_action(piece, "group_by", {"text": text, "by": ["id"]})


def test_columns_are_offered_while_a_flow_is_built(outside: Outside) -> None:
    path = "actions/outliers/props/column"
    assert resolve(piece, path, {"text": SALES}) == {
        "options": [{"label": name, "value": name} for name in ("region", "product", "price")]
    }
    assert resolve(piece, path, {"file": outside.add_file("a.csv", "x,y\n1,2")})["options"][1]["value"] == "y"
    assert resolve(piece, path)["disabled"] is True
    assert json.dumps(resolve(piece, path, {"text": " "})).count("no rows") == 1
