"""Makes what authors import work where there are no sockets and no files. Only what a piece has imported is touched."""

from __future__ import annotations

import sys

from . import codecs, late, tls


def before() -> None:
    """Before the modules of the piece are imported."""
    codecs.preload()
    tls.install()


def after() -> None:
    """Once they are."""
    if "urllib.request" in sys.modules:
        from . import urllib_client

        urllib_client.install()
    if "requests" in sys.modules:
        from . import requests_client

        requests_client.install()
    if "httpx" in sys.modules:
        from . import httpx_client

        httpx_client.install()
    if "zoneinfo" in sys.modules:
        from . import zones

        zones.install()
    late.install()
