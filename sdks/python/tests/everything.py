"""A piece that uses every property, every connection and every kind of trigger; for tests."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal

from ap_piece import (
    BasicAuth,
    Color,
    Context,
    CustomAuth,
    DateRange,
    Failure,
    File,
    Handshake,
    Json,
    LongText,
    Markdown,
    OAuth2,
    Oidc,
    Options,
    Payload,
    Piece,
    Prop,
    Reply,
    RichText,
    Secret,
    SecretText,
    SecretTextValue,
    files,
    store,
)

secret = SecretText("Token")


@secret.validate
def check(auth: SecretTextValue) -> str | None:
    return None if auth.secret_text == "good" else "the token is not accepted"


@secret.identifier
def identify(auth: SecretTextValue) -> str:
    return f"token of {len(auth.secret_text)} characters"


@dataclass
class Server:
    url: str
    key: Secret


custom = CustomAuth(Server, "Own server")


@custom.refresh(default_expires_in=60)
def refresh(auth: Server) -> dict[str, Any]:
    return {"access_token": f"{auth.key}@{auth.url}", "expires_in": 30}


piece = Piece(
    "Everything",
    description="All that a piece can be.",
    logo_url="https://example.com/logo.png",
    authors=["ann"],
    categories=["DEVELOPER_TOOLS"],
    auth=[
        secret,
        BasicAuth("Login", username="Name"),
        custom,
        OAuth2("https://example.com/authorize", "https://example.com/token", ["read"]),
        Oidc(),
    ],
)


class Speed(Enum):
    FAST = "fast"
    SLOW = "slow"


def kinds() -> list[Any]:
    return [("One", 1)]


@dataclass
class Row:
    name: str
    kind: Annotated[int | None, Prop(options=kinds)] = None


def cities(auth: Any, mode: str, search: str | None = None) -> Any:
    if auth is None:
        return Options(disabled=True, placeholder="connect first")
    return [(f"{mode} {search}", 7)]


async def more_cities() -> list[str]:
    return ["Rome"]


def more_fields(mode: str | None) -> dict[str, Any]:
    unit = Prop(options=lambda: [("Metre", "m")])
    return {"size": Annotated[float, Prop(title=f"Size ({mode})")], "unit": (Annotated[str, unit], None)}


@piece.action("all", title="All properties")
def every(
    short: str = "x",
    long: LongText | None = None,
    rich: RichText | None = None,
    note: Annotated[None, Markdown("**Read** me")] = None,
    whole: int | None = None,
    number: float | None = None,
    check: bool | None = None,
    moment: datetime | None = None,
    day: date | None = None,
    span: DateRange | None = None,
    color: Color | None = None,
    file: File | None = None,
    content: bytes | None = None,
    json: Json = None,
    object: dict[str, Any] | None = None,
    list: list[str] | None = None,
    rows: list[Row] | None = None,
    mode: Literal["fast", "slow"] = "fast",
    speed: Speed = Speed.SLOW,
    modes: list[Literal[1, 2]] | None = None,
    city: Annotated[int | None, Prop(options=cities)] = None,
    cities: Annotated[Any, Prop(options=more_cities)] = None,
    fields: Annotated[dict[str, Any] | None, Prop(props=more_fields)] = None,
    from_: Annotated[str | None, Prop(name="from")] = None,
    *,
    ctx: Context[Any],
) -> dict[str, Any]:
    """Answers with what it was handed."""
    values = {name: value for name, value in locals().items() if value is not None and name != "ctx"}
    if file is not None:
        values["file"] = file.base64
    return values | {"auth": ctx.auth_type}


@piece.action("steps", title="Steps of a run", require_auth=False)
async def steps(what: str, *, ctx: Context[None]) -> Any:
    if ctx.execution_type == "RESUME":
        return {"resumed": ctx.resume_payload}
    if what == "respond":
        ctx.run.respond({"a": 1}, status=201)
    if what == "stop":
        ctx.run.stop()
    if what == "delay":
        ctx.run.wait_until(datetime(2026, 1, 1))
    if what == "webhook":
        return ctx.run.wait_for_webhook(Reply("wait"))
    if what == "refuse":
        raise Failure("no_such_thing", "There is none.", retry_after=0, detail={"what": what})
    if what == "store":
        store["a"] = {"n": 1}
        store.project["b"] = 2
        return [store["a"], store.get("b"), store.project.get("b"), store.keys(), "a" in store]
    if what == "files":
        return files.write("a.csv", "x,y")
    return {"id": ctx.run.id, "step": ctx.step_name, "project": ctx.project_id}


@piece.webhook(
    "webhook",
    require_auth=False,
    sample_data={"id": 1},
    handshake=Handshake("QUERY_PRESENT", "challenge"),
    renew="0 0 * * *",
)
def webhook(*, ctx: Context[None]) -> list[Any]:
    return [ctx.payload.body]


@webhook.on_enable
def enable(ctx: Context[None]) -> None:
    ctx.store["url"] = ctx.webhook_url


@webhook.on_handshake
def greet(ctx: Context[None]) -> Reply:
    return Reply(ctx.payload.query["challenge"])


@piece.app_webhook("app", require_auth=False)
def app(*, ctx: Context[None]) -> list[Any]:
    return [ctx.payload.body]


@app.on_enable
def listen(ctx: Context[None]) -> None:
    ctx.create_listeners(["created"], "team-1")


@piece.trigger("poll", "POLLING", require_auth=False, sample_data={}, schedule="*/5 * * * *")
def poll() -> list[int]:
    return [1, 2, 3, 4, 5, 6, 7]


@piece.manual("manual", require_auth=False, sample_data={"by": "hand"})
def manual() -> list[Any]:
    return []


@piece.parse_event
def parse(payload: Payload) -> Any:
    if "challenge" in payload.query:
        return Reply(payload.query["challenge"])
    return "created", payload.body["team"]


@piece.verify_event
def verify(payload: Payload, secret: str) -> bool:
    return payload.headers.get("signature") == secret
