"""Write an automation piece in Python and run it as a WebAssembly component.

    from typing import Annotated
    from ap_piece import Context, Piece, Prop, SecretText, http

    piece = Piece("GitHub", auth=SecretText("Token"))

    @piece.action("get_user", title="Get a user")
    def get_user(login: Annotated[str, Prop(title="Login")], *, ctx: Context) -> dict:
        headers = {"authorization": f"Bearer {ctx.auth.secret_text}"}
        return http.get(f"https://api.github.com/users/{login}", headers=headers).raise_for_status().json()
"""

import os as _os

from . import files, http
from .auth import (
    BasicAuth,
    BasicAuthValue,
    CustomAuth,
    OAuth2,
    OAuth2Value,
    Oidc,
    OidcValue,
    SecretText,
    SecretTextValue,
)
from .context import Context, Payload, Reply, Run
from .failure import Failure
from .files import File
from .piece import AiMetadata, Category, ErrorHandling, Handshake, OutputSchema, Piece, Toggle, Trigger
from .polling import ById, ByTime
from .prop import Color, DateRange, Json, LongText, Markdown, Option, Options, Prop, PropertyType, RichText, Secret
from .store import Store, store
from .version import VERSION as __version__

__all__ = [
    "AiMetadata",
    "BasicAuth",
    "BasicAuthValue",
    "ById",
    "ByTime",
    "Category",
    "Color",
    "Context",
    "CustomAuth",
    "DateRange",
    "ErrorHandling",
    "Failure",
    "File",
    "Handshake",
    "Json",
    "LongText",
    "Markdown",
    "OAuth2",
    "OAuth2Value",
    "Oidc",
    "OidcValue",
    "Option",
    "Options",
    "OutputSchema",
    "Payload",
    "Piece",
    "Prop",
    "PropertyType",
    "Reply",
    "RichText",
    "Run",
    "Secret",
    "SecretText",
    "SecretTextValue",
    "Store",
    "Toggle",
    "Trigger",
    "__version__",
    "env",
    "files",
    "http",
    "store",
]


def env(name: str) -> str | None:
    """An environment variable that was granted to the piece; None when it was not, or is not set. `os.environ` holds the
    same; read it inside of functions, since modules are run once, at build time."""
    return _os.environ.get(name)
