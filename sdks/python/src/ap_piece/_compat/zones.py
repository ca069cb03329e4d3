"""The time zones of the package `tzdata`, where the piece depends on it: packed into the image, since its files are gone."""

from __future__ import annotations

import importlib.resources
import io
import sys
import zoneinfo
from typing import IO


def install() -> None:
    """`ZoneInfo("Europe/Berlin")` finds them; without tzdata it says what is missing."""
    common = sys.modules["zoneinfo._common"]
    try:
        import tzdata  # noqa: F401

        names = importlib.resources.files("tzdata").joinpath("zones").read_text().split()
    except (ImportError, OSError):
        common.load_tzdata = _missing  # type: ignore[attr-defined]
        return
    index: dict[str, tuple[int, int]] = {}
    data = bytearray()
    for name in names:
        zone = importlib.resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()
        index[name] = (len(data), len(zone))
        data += zone
    # As it is: a third of a megabyte, where unpacking would cost each call that asks 25 ms.
    zones = bytes(data)

    def load(key: str) -> IO[bytes]:
        if key not in index:
            raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")
        offset, length = index[key]
        return io.BytesIO(zones[offset : offset + length])

    common.load_tzdata = load  # type: ignore[attr-defined]


def _missing(key: str) -> IO[bytes]:
    raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}; add tzdata to the piece's dependencies")
