"""What the function of an action or trigger is handed beside its properties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Generic, Literal, TypeVar

from . import files as _files
from ._host import host
from ._values import _moment
from .failure import Failure
from .payload import Encoding, Formed, instant
from .payload import json as _json
from .store import Store, store

__all__ = ["Context", "Payload", "Reply", "Run"]

A = TypeVar("A")


@dataclass
class Payload:
    """What a webhook received. Names of headers are lower case."""

    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    raw_body: Any = None
    """The body before it was read as JSON or a form, where the caller kept it."""

    @classmethod
    def of(cls, given: Any) -> Payload:
        """From the contract's form."""
        given = given if isinstance(given, dict) else {}
        return cls(given.get("body"), given.get("headers") or {}, given.get("queryParams") or {}, given.get("rawBody"))


@dataclass
class Reply(Formed):
    """An HTTP answer: status 200, no headers and an empty body unless said otherwise."""

    body: Any = None
    status: int | None = None
    headers: Mapping[str, str] | None = None

    def contract(self) -> dict[str, Any]:
        """The contract's form; what was not said is left out."""
        said = {"status": self.status, "headers": self.headers, "body": self.body}
        return {key: value for key, value in said.items() if value is not None}


class Run:
    """The run that a call is part of, and what the call may ask of it."""

    def __init__(self, given: Mapping[str, Any], encoding: Encoding) -> None:
        self._given = given
        self._encoding = encoding

    @property
    def id(self) -> str:
        """The run's id."""
        return str(self._given.get("id", ""))

    @property
    def attempt(self) -> int:
        """1 at the first try."""
        return int(self._given.get("attempt", 1))

    @property
    def testing(self) -> bool:
        """True when the call tests the piece and should change little outside."""
        return bool(self._given.get("testing", False))

    @property
    def deadline(self) -> datetime | None:
        """When the call is cut off; None when the caller did not say."""
        deadline = self._given.get("deadline")
        return None if deadline is None else _moment(deadline)

    def respond(self, body: Any = None, *, status: int | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Answers the HTTP request that started the run; at most once."""
        host().respond(self._encoding.encode(Reply(body, status, headers).contract()))

    def stop(self, response: Reply | None = None) -> None:
        """Ends the run as a success after this action."""
        host().stop(self._encoded(response))

    def wait_until(self, moment: datetime | timedelta | float) -> None:
        """Pauses the run until a moment, for a span, or until so many milliseconds since 1970; then the action is called
        again with `execution_type` RESUME. A moment without zone is UTC."""
        if isinstance(moment, timedelta):
            moment = datetime.now(timezone.utc) + moment
        if isinstance(moment, datetime):
            moment = _moment(instant(moment)).timestamp() * 1000
        if not moment >= 0:
            raise Failure("invalid_input", "the moment to wait for is no valid date")
        host().wait_until(-int(-moment // 1))

    def wait_for_webhook(self, response: Reply | None = None) -> str:
        """Pauses the run until somebody calls the URL that is returned; then the action is called again with
        `resume_payload`. Fails with `not_supported` where the caller gave no such URL."""
        return host().wait_for_webhook(self._encoded(response))

    def _encoded(self, response: Reply | None) -> bytes | None:
        return None if response is None else self._encoding.encode(response.contract())


@dataclass
class Context(Generic[A]):
    """Handed to a parameter that is annotated with it, or named `ctx`."""

    auth: A
    """The connection's value; None without one."""
    auth_type: str | None = None
    """The kind of the connection as the call names it: `SECRET_TEXT`, `PLATFORM_OAUTH2` …"""
    run: Run = field(default_factory=lambda: Run({}, _json))
    payload: Payload = field(default_factory=Payload)
    """Of a webhook: what it received."""
    webhook_url: str = ""
    """Of a trigger: the URL that the app is to call."""
    execution_type: Literal["BEGIN", "RESUME"] = "BEGIN"
    resume_payload: Any = None
    """What ended the pause, when `execution_type` is RESUME."""
    project_id: str = "default"
    flow_id: str | None = None
    step_name: str | None = None
    last_item: Any = None
    """Of a polling trigger by id: the newest id seen, or None."""
    last_poll: int = 0
    """Of a polling trigger by time: the newest moment seen, milliseconds since 1970."""
    max_items: int | None = None
    """Of a polling trigger by id: set by its function, at most so many items are handed on at once."""
    enabled: dict[str, Any] = field(default_factory=dict)
    """What `set_schedule`, `set_interval` and `create_listeners` asked for."""

    @property
    def store(self) -> Store:
        """State of this flow; `ctx.store.project` is that of the project."""
        return store

    files = _files
    """`write` and `read` files that outlive the call."""

    def set_schedule(self, cron_expression: str, timezone: str | None = None) -> None:
        """In `on_enable` and `on_start`: how often a polling trigger is run; a cron expression of five fields, and the name
        of the zone that it is meant in."""
        zone = {} if timezone is None else {"timezone": timezone}
        self.enabled["schedule"] = {"cronExpression": cron_expression, **zone}

    def set_interval(self, interval: timedelta | float) -> None:
        """The same as a span of time, or seconds."""
        seconds = interval.total_seconds() if isinstance(interval, timedelta) else interval
        self.enabled["schedule"] = {"intervalMs": round(seconds * 1000)}

    def create_listeners(self, events: Sequence[str], identifier_value: str) -> None:
        """In `on_enable` of an app webhook: which events of the app belong to this flow."""
        listener = {"events": list(events), "identifierValue": identifier_value}
        self.enabled.setdefault("listeners", []).append(listener)


def context_of(given: Mapping[str, Any], auth: Any, encoding: Encoding) -> Context[Any]:
    """The context of a call, of its input in the contract's form."""
    run = given.get("run") or {}
    value = given.get("auth")
    return Context(
        auth=auth,
        auth_type=value.get("type") if isinstance(value, dict) else None,
        run=Run(run, encoding),
        payload=Payload.of(given.get("payload")),
        webhook_url=given.get("webhookUrl") or "",
        execution_type=run.get("executionType", "BEGIN"),
        resume_payload=run.get("resumePayload"),
        project_id=run.get("projectId", "default"),
        flow_id=run.get("flowId"),
        step_name=run.get("stepName"),
    )
