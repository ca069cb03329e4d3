"""The sample service."""

from typing import Any

from ap_piece import http

BASE = "https://jsonplaceholder.typicode.com"


def get(path: str, token: str) -> Any:
    """Gets JSON. An answer other than a success is a failure of the call: unauthorized, not_found, rate_limited …"""
    headers = {"accept": "application/json", "authorization": f"Bearer {token}"}
    return http.get(BASE + path, headers=headers).raise_for_status().json()
