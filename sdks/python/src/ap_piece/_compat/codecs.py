"""Codecs and modules that Python imports at their first use, when its files are gone."""

import importlib

_CODECS = (
    "ascii cp437 cp850 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 idna iso8859_2 iso8859_5 iso8859_7 "
    "iso8859_9 iso8859_15 koi8_r koi8_u latin_1 mac_roman punycode utf_16 utf_16_be utf_16_le utf_32 utf_8 utf_8_sig "
    "big5 euc_jp euc_kr gb18030 gbk iso2022_jp shift_jis"
)
_OTHERS = "_strptime stringprep unicodedata"


def preload() -> None:
    """Imports them now."""
    for name in [f"encodings.{codec}" for codec in _CODECS.split()] + _OTHERS.split():
        try:
            importlib.import_module(name)
        except ImportError:
            # Not every Python is built with every codec.
            pass
