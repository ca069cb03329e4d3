import base64
import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ap_piece import Failure, payload
from ap_piece.msgpack import msgpack

ROOT = Path(__file__).parents[3]
VECTORS = json.loads((ROOT / "test/conformance/payloads.json").read_text())


def real(value: Any) -> Any:
    """`{"$bytes"}` and `{"$int"}` of the vectors as values."""
    if isinstance(value, list):
        return [real(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$int" in value:
        return int(value["$int"])
    return {name: real(field) for name, field in value.items()}


def named(vectors: list[dict[str, Any]], *keys: str) -> list[Any]:
    return [pytest.param(one, id=one["name"]) for one in vectors if all(key in one for key in keys)]


def value_of(vector: dict[str, Any]) -> Any:
    return real(vector["value"]) if "value" in vector else payload.json.decode(vector["json"].encode())


@pytest.mark.parametrize("vector", named(VECTORS["values"]))
def test_json(vector: dict[str, Any]) -> None:
    assert payload.json.decode(vector["json"].encode()) == vector.get("fromJson", value_of(vector))
    assert json.loads(payload.json.encode(value_of(vector))) == json.loads(vector["json"])


@pytest.mark.parametrize("vector", named(VECTORS["values"]))
def test_messagepack(vector: dict[str, Any]) -> None:
    assert msgpack.encode(value_of(vector)).hex() == vector["msgpack"]
    assert msgpack.decode(bytes.fromhex(vector["msgpack"])) == value_of(vector)


@pytest.mark.parametrize("vector", named(VECTORS["accepted"], "msgpack"))
def test_reads_messagepack(vector: dict[str, Any]) -> None:
    assert msgpack.decode(bytes.fromhex(vector["msgpack"])) == real(vector["value"])


@pytest.mark.parametrize("vector", named(VECTORS["refused"], "msgpack"))
def test_refuses_messagepack(vector: dict[str, Any]) -> None:
    with pytest.raises(Failure, match="not valid MessagePack"):
        msgpack.decode(bytes.fromhex(vector["msgpack"]))


def deep() -> Any:
    value: Any = 0
    for _ in range(600):
        value = [value]
    return value


@pytest.mark.parametrize("value", [float("nan"), {"a": float("-inf")}, 2**64, deep(), [object()], {1: 2}])
def test_never_writes_in_messagepack(value: Any) -> None:
    with pytest.raises(Failure, match="cannot be written"):
        msgpack.encode(value)


@dataclasses.dataclass
class Pair:
    a: int
    b: Any = None


def numbers() -> Iterator[int]:
    yield from (1, 2**60)


BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["a\ud800b", "\\ud800"], '["a\ufffdb","\\\\ud800"]'),
        ({"\udc00": 1}, '{"\ufffd":1}'),
        ({"at": datetime(1970, 1, 1, 1, tzinfo=BERLIN)}, '{"at":"1970-01-01T00:00:00.000Z"}'),
        (datetime(1970, 1, 1), '"1970-01-01T00:00:00.000Z"'),
        (Pair(1, (2, {3})), '{"a":1,"b":[2,[3]]}'),
        (numbers(), '[1,"1152921504606846976"]'),
        ([2**53, 2**53 + 1, -(2**53) - 1], '[9007199254740992,"9007199254740993","-9007199254740993"]'),
        ({"id": "12345678901234567890"}, '{"id":"12345678901234567890"}'),
        (0.1234567890123456, "0.1234567890123456"),
        (Decimal("1.10"), '"1.10"'),
        (b"\x00\xff", '"AP8="'),
        (None, "null"),
    ],
)
def test_writes_as_json(value: Any, expected: str) -> None:
    assert payload.json.encode(value).decode() == expected


circular: dict[str, Any] = {}
circular["self"] = circular


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (circular, "Circular"), (2**64, "64 bits"), (float("nan"), "not JSON compliant"), (object(), "type object")
    ],
)  # fmt: skip
def test_what_json_cannot_say_is_a_failure_with_the_reason(value: Any, words: str) -> None:
    with pytest.raises(Failure, match=words) as refused:
        payload.json.encode(value)
    assert refused.value.code == "internal_error"


@pytest.mark.parametrize("text", ["", "{", '{"a":NaN}', "\ud800"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="the input is not valid JSON"):
        payload.json.decode(text.encode("utf-8", "surrogatepass"))
