from dataclasses import dataclass
from typing import Annotated, Any, Literal

from ap_piece import (
    BasicAuth,
    BasicAuthValue,
    Context,
    CustomAuth,
    OAuth2,
    OAuth2Value,
    Oidc,
    OidcValue,
    Piece,
    Prop,
    Secret,
    SecretText,
    SecretTextValue,
)

secret = SecretText("Token", description="A token.")


@secret.validate
def validate_secret(auth: SecretTextValue) -> str | None:
    return None if auth.secret_text == "good" else "the token is not accepted"


@secret.identifier
def identify_secret(auth: SecretTextValue) -> str:
    return f"token of {len(auth.secret_text)} characters"


basic = BasicAuth("Login", username="Name", password="Password", password_description="Not your birthday.")


@basic.validate
def validate_basic(auth: BasicAuthValue) -> str | None:
    if auth.username == "ann" and auth.password == "secret":
        return None
    return f"{auth.username} may not come in"


@basic.identifier
def identify_basic(auth: BasicAuthValue) -> str:
    return auth.username


@dataclass
class Server:
    url: Annotated[str, Prop(title="URL")]
    key: Annotated[Secret, Prop(title="Key")]
    region: Annotated[
        Literal["eu", "us"] | None, Prop(title="Region", options=[("Europe", "eu"), ("America", "us")])
    ] = "eu"


custom = CustomAuth(Server, "Own server")


@custom.validate
def validate_custom(auth: Server) -> str | None:
    return None if auth.key == "good" else f"the key does not open {auth.url}"


@custom.identifier
def identify_custom(auth: Server) -> str:
    return auth.url


@custom.refresh(default_expires_in=60)
def refresh_custom(auth: Server) -> dict[str, Any]:
    return {"access_token": f"{auth.key}@{auth.url}", "expires_in": 30}


@dataclass
class Account:
    tenant: Annotated[str | None, Prop(title="Tenant")] = None


oauth2 = OAuth2(
    "https://example.com/authorize",
    "https://example.com/token",
    ["read", "write"],
    title="Account",
    pkce=True,
    props=Account,
)


@oauth2.validate
def validate_oauth2(auth: OAuth2Value[Account]) -> str | None:
    return None if auth.access_token == "good" else "the account is locked"


@dataclass
class Identity:
    audience: Annotated[str | None, Prop(title="Audience")] = None


oidc = Oidc(title="Identity", props=Identity)

AUTH = [secret, basic, custom, oauth2, oidc]


def add(piece: Piece) -> None:
    @piece.action(
        "connection", title="Connection", description="Answers with the connection that it was handed."
    )
    def connection(*, ctx: Context[Any]) -> dict[str, Any]:
        value: Any
        match ctx.auth:
            case SecretTextValue():
                value = ctx.auth.secret_text
            case OAuth2Value():
                account = ctx.auth.props
                value = {"access_token": ctx.auth.access_token, "tenant": account and account.tenant}
            case OidcValue():
                value = ctx.auth.props
            case _:
                value = ctx.auth
        return {"type": ctx.auth_type, "value": value}
