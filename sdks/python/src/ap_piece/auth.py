"""The connections that a piece can ask for, and what a call is handed of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, TypeVar

from ._property import Property, describe_properties, properties_of, title_of
from ._values import Violations, read
from .failure import Failure

__all__ = [
    "Auth",
    "BasicAuth",
    "BasicAuthValue",
    "CustomAuth",
    "OAuth2",
    "OAuth2Value",
    "Oidc",
    "OidcValue",
    "SecretText",
    "SecretTextValue",
]

F = TypeVar("F", bound=Callable[..., Any])
P = TypeVar("P")


@dataclass(frozen=True)
class SecretTextValue:
    """The value of a `SecretText` connection."""

    secret_text: str


@dataclass(frozen=True)
class BasicAuthValue:
    """The value of a `BasicAuth` connection."""

    username: str
    password: str


@dataclass(frozen=True)
class OidcValue(Generic[P]):
    """The value of an `Oidc` connection; `props` is an instance of the dataclass that the connection was given."""

    props: P | None = None


@dataclass(frozen=True)
class OAuth2Value(Generic[P]):
    """The value of an `OAuth2` connection, its token refreshed before the call."""

    access_token: str
    token_type: str | None = None
    refresh_token: str | None = None
    scope: str | None = None
    expires_in: int | None = None
    """Seconds."""
    claimed_at: int | None = None
    """Seconds since 1970."""
    token_url: str | None = None
    props: P | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    """What the token endpoint said beside it."""


class Auth:
    """One connection that a piece accepts. `required` is what the form says."""

    kind: ClassVar[str]
    """The word of the contract."""

    def __init__(self, title: str, *, description: str | None = None, required: bool = True) -> None:
        self.title = title
        self.description = description
        self.required = required
        self.checks: dict[str, Callable[..., Any]] = {}
        self.default_expires_in: int | None = None

    def validate(self, function: F) -> F:
        """Decorates what is asked when somebody connects. It is handed the connection's value (`auth`) and returns None,
        or a text that says what is wrong with it. A `Failure` of it is the failure of the check."""
        self.checks["validate"] = function
        return function

    def identifier(self, function: F) -> F:
        """Decorates what gives the name by which a person recognises the connection: an account, an address."""
        self.checks["identifier"] = function
        return function

    def declaration(self) -> dict[str, Any]:
        """What the description says of it beside the common words."""
        return {}

    def value(self, given: Mapping[str, Any]) -> Any:
        """What a call is handed; raises Violations."""
        raise NotImplementedError

    def describe(self) -> dict[str, Any]:
        """The connection as the description holds it."""
        found: dict[str, Any] = {"type": self.kind, "displayName": self.title}
        if self.description is not None:
            found["description"] = self.description
        return {**found, "required": self.required, **self.declaration()}


class SecretText(Auth):
    """One secret: an API key, a token. A call is handed a `SecretTextValue`."""

    kind = "SECRET_TEXT"

    def value(self, given: Mapping[str, Any]) -> SecretTextValue:
        """The secret of a call."""
        return SecretTextValue(str(given.get("secret_text", "")))


class BasicAuth(Auth):
    """A user name and a password. A call is handed a `BasicAuthValue`."""

    kind = "BASIC_AUTH"

    def __init__(
        self,
        title: str,
        *,
        username: str = "Username",
        password: str = "Password",
        username_description: str | None = None,
        password_description: str | None = None,
        description: str | None = None,
        required: bool = True,
    ) -> None:
        super().__init__(title, description=description, required=required)
        self._fields = {"username": (username, username_description), "password": (password, password_description)}

    def declaration(self) -> dict[str, Any]:
        """Its two fields."""
        return {
            name: {"displayName": title, **({"description": words} if words is not None else {})}
            for name, (title, words) in self._fields.items()
        }

    def value(self, given: Mapping[str, Any]) -> BasicAuthValue:
        """The name and password of a call."""
        return BasicAuthValue(str(given.get("username", "")), str(given.get("password", "")))


class _WithProps(Auth):
    def __init__(self, form: type | None, title: str, description: str | None, required: bool) -> None:
        super().__init__(title, description=description, required=required)
        self._form = form
        self._properties: tuple[Property, ...] = () if form is None else properties_of(form, form.__name__)

    def declaration(self) -> dict[str, Any]:
        """Its own properties."""
        return {} if self._form is None else {"props": describe_properties(self._properties)}

    def props(self, given: Mapping[str, Any]) -> Any:
        """Its own properties of a call, as the dataclass."""
        if self._form is None:
            return None
        try:
            return self._form(**read(self._properties, given.get("props") or {}))
        except Violations as violations:
            raise Violations(violations.prefixed(".props")) from None


class CustomAuth(_WithProps):
    """A connection of properties of its own, the fields of a dataclass. A call is handed an instance of the dataclass."""

    kind = "CUSTOM_AUTH"

    def __init__(
        self, form: type, title: str | None = None, *, description: str | None = None, required: bool = True
    ) -> None:
        super().__init__(form, title or title_of(form.__name__), description, required)

    def refresh(self, *, default_expires_in: int | None = None) -> Callable[[F], F]:
        """Decorates what makes a short-lived token out of the connection: a function of `auth` that returns
        `{"access_token": …, "expires_in": …}` (seconds) or the token's text. The caller keeps it and asks again when it has
        expired; `default_expires_in` (seconds) is how long that is where the answer does not say."""

        def decorate(function: F) -> F:
            self.checks["refresh"] = function
            self.default_expires_in = default_expires_in
            return function

        return decorate

    def declaration(self) -> dict[str, Any]:
        """Its own properties, and whether it makes tokens."""
        if "refresh" not in self.checks:
            return super().declaration()
        lasts = {} if self.default_expires_in is None else {"defaultExpiresIn": self.default_expires_in}
        return {**super().declaration(), "refresh": lasts}

    def value(self, given: Mapping[str, Any]) -> Any:
        """The dataclass of a call."""
        return self.props(given)


class OAuth2(_WithProps):
    """OAuth 2; the token is refreshed before the piece is called. A call is handed an `OAuth2Value`."""

    kind = "OAUTH2"

    def __init__(
        self,
        auth_url: str,
        token_url: str,
        scope: Sequence[str],
        *,
        title: str = "Connection",
        description: str | None = None,
        required: bool = True,
        prompt: Literal["none", "consent", "login", "omit"] | None = None,
        pkce: bool | None = None,
        pkce_method: Literal["plain", "S256"] | None = None,
        authorization_method: Literal["HEADER", "BODY"] | None = None,
        grant_type: Literal[
            "authorization_code", "client_credentials", "both_client_credentials_and_authorization_code"
        ]
        | None = None,
        extra: Mapping[str, str] | None = None,
        props: type | None = None,
    ) -> None:
        super().__init__(props, title, description, required)
        self._says = {
            "authUrl": auth_url,
            "tokenUrl": token_url,
            "scope": list(scope),
            "prompt": prompt,
            "pkce": pkce,
            "pkceMethod": pkce_method,
            "authorizationMethod": authorization_method,
            "grantType": grant_type,
            "extra": None if extra is None else dict(extra),
        }

    def declaration(self) -> dict[str, Any]:
        """Where and for what the token is asked, and its own properties."""
        return {**{key: value for key, value in self._says.items() if value is not None}, **super().declaration()}

    def value(self, given: Mapping[str, Any]) -> OAuth2Value[Any]:
        """The token of a call."""
        names = ("token_type", "refresh_token", "scope", "expires_in", "claimed_at", "token_url")
        return OAuth2Value(
            access_token=str(given.get("access_token", "")),
            props=self.props(given),
            data=given.get("data") or {},
            **{name: given.get(name) for name in names},
        )


class Oidc(_WithProps):
    """OpenID Connect: the caller identifies itself by a signed token. A call is handed an `OidcValue`."""

    kind = "OIDC"

    def __init__(
        self,
        *,
        title: str = "Connection",
        description: str | None = None,
        required: bool = True,
        props: type | None = None,
    ) -> None:
        super().__init__(props, title, description, required)

    def value(self, given: Mapping[str, Any]) -> OidcValue[Any]:
        """Its own properties of a call."""
        return OidcValue(self.props(given))


def auth_of(declared: Sequence[Auth], value: Any) -> Auth:
    """The piece's connection that a value belongs to; `invalid_input` where there is none."""
    given = value.get("type") if isinstance(value, Mapping) else None
    wanted = "OAUTH2" if isinstance(given, str) and given.endswith("OAUTH2") else given
    match = next((one for one in declared if one.kind == wanted), None)
    if match is None and given is None and len(declared) == 1:
        match = declared[0]
    if match is None:
        raise Failure("invalid_input", f"auth.type: the piece has no connection of type {given or 'unknown'}")
    return match


def auth_value(declared: Sequence[Auth], value: Any) -> Any:
    """What a call is handed; None without a connection."""
    if value is None or not declared:
        return None
    try:
        return auth_of(declared, value).value(value)
    except Violations as violations:
        raise violations.failure("auth") from None
