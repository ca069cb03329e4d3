"""A piece as a whole. Its name and version stand in piece.json alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, ParamSpec, TypedDict, TypeVar

from . import _host, payload
from ._property import NAME, DefinitionError, title_of
from ._signature import Function, check_hook
from .auth import Auth, CustomAuth
from .payload import Encoding
from .polling import ById, ByTime, Polling

__all__ = ["Action", "AiMetadata", "Category", "ErrorHandling", "Handshake", "OutputSchema", "Piece", "Toggle", "Trigger"]

Category = Literal[
    "ARTIFICIAL_INTELLIGENCE",
    "COMMUNICATION",
    "COMMERCE",
    "CORE",
    "UNIVERSAL_AI",
    "FLOW_CONTROL",
    "BUSINESS_INTELLIGENCE",
    "ACCOUNTING",
    "PRODUCTIVITY",
    "CONTENT_AND_FILES",
    "DEVELOPER_TOOLS",
    "CUSTOMER_SUPPORT",
    "FORMS_AND_SURVEYS",
    "HUMAN_RESOURCES",
    "PAYMENT_PROCESSING",
    "MARKETING",
    "SALES_AND_CRM",
]
"""Shelves of the catalogue."""


class AiMetadata(TypedDict, total=False):
    """What a language model should know about an action: a description, and whether doing it twice does no more."""

    description: str
    idempotent: bool


class Toggle(TypedDict, total=False):
    """A switch of the form: how it stands at first, and whether it is shown."""

    defaultValue: bool
    hide: bool


class ErrorHandling(TypedDict, total=False):
    """What the form offers for failures."""

    retryOnFailure: Toggle
    continueOnFailure: Toggle


class OutputSchema(TypedDict, total=False):
    """Fields of a result, for the form that shows it: `{"key": …, "label": …, "children": […], "listItems": […]}`."""

    fields: list[dict[str, Any]]
    itemLabel: str


@dataclass(frozen=True)
class Handshake:
    """How a webhook proves itself to the app that will call it: by what is present, in the parameter of that name."""

    strategy: Literal["NONE", "HEADER_PRESENT", "QUERY_PRESENT", "BODY_PARAM_PRESENT"]
    param_name: str | None = None


P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Meta:
    """Words that actions and triggers share."""

    name: str
    title: str
    description: str
    require_auth: bool | None
    more: Mapping[str, Any]
    """Keys of the contract that were said."""


def _meta(
    function: Callable[..., Any],
    name: str,
    title: str | None,
    description: str | None,
    require_auth: bool | None,
    more: Mapping[str, Any],
) -> Meta:
    said = {key: value for key, value in more.items() if value is not None}
    words = description if description is not None else (inspect.getdoc(function) or "")
    return Meta(name, title or title_of(name), words, require_auth, said)


class Action:
    """One thing that a piece does."""

    def __init__(self, function: Callable[..., Any], meta: Meta) -> None:
        self.meta = meta
        self.run = Function(function)


def _nothing() -> list[Any]:
    return []


TriggerType = Literal["POLLING", "WEBHOOK", "APP_WEBHOOK", "MANUAL"]


class Trigger(Generic[P, R]):
    """One thing that starts a flow. Calling it calls the function that it decorates."""

    def __init__(
        self,
        function: Callable[P, R],
        meta: Meta,
        type: TriggerType,
        sample_data: Any,
        polling: Polling | None = None,
        schedule: str | None = None,
    ) -> None:
        self.meta = meta
        self.type = type
        self.sample_data = sample_data
        self.polling = polling
        self.schedule = schedule
        self.function = function
        self.run = Function(function)
        self.hooks: dict[str, Callable[..., Any]] = {}
        self.is_stand_in = False
        self.__doc__ = function.__doc__
        self.__name__ = getattr(function, "__name__", meta.name)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Calls the function itself."""
        return self.function(*args, **kwargs)

    def _hook(self, name: str, function: F) -> F:
        if self.is_stand_in:
            return function
        known = {one.parameter for one in self.run.properties} | {"ctx"}
        check_hook(function, known, f'hook {name} of trigger "{self.meta.name}"')
        self.hooks[name] = function
        return function

    def on_enable(self, function: F) -> F:
        """Decorates what is done when a flow with this trigger is switched on. Like every hook it takes by name the
        trigger's properties and `ctx`, as far as it needs them."""
        return self._hook("on-enable", function)

    def on_disable(self, function: F) -> F:
        """Decorates what is done when it is switched off."""
        return self._hook("on-disable", function)

    def on_start(self, function: F) -> F:
        """Decorates what is done when the flow is started."""
        return self._hook("on-start", function)

    def on_renew(self, function: F) -> F:
        """Decorates what renews a webhook, at the times that `renew` says."""
        return self._hook("on-renew", function)

    def on_handshake(self, function: F) -> F:
        """Decorates what answers a handshake, with a `Reply`."""
        return self._hook("handshake", function)

    def test(self, function: F) -> F:
        """Decorates what gives up to five items to show while the flow is built."""
        return self._hook("test", function)


@dataclass
class Events:
    """For app webhooks: what one call of the app's URL means."""

    parse: Callable[..., Any] | None = None
    verify: Callable[..., Any] | None = None


@dataclass
class Piece:
    """A piece: the module of its author holds one. What each function does is told by decorators.

        piece = Piece("GitHub", description="…", auth=SecretText("Token"))

        @piece.action("get_user", title="Get a user")
        def get_user(login: str, *, ctx: Context) -> dict: ...
    """

    title: str
    description: str = ""
    auth: Auth | type | Sequence[Auth | type] | None = None
    """The connection, several of different types, or none; a dataclass stands for `CustomAuth` of it."""
    authors: Sequence[str] = ()
    categories: Sequence[Category] = ()
    logo_url: str | None = None
    encoding: Encoding = payload.json
    """JSON unless said; `ap_piece.msgpack.msgpack` where bytes or exact 64-bit integers matter."""
    connections: tuple[Auth, ...] = field(init=False)
    """`auth` as a list."""
    actions: dict[str, Action] = field(init=False, default_factory=dict)
    """By name."""
    triggers: dict[str, Trigger[Any, Any]] = field(init=False, default_factory=dict)
    """By name."""
    events: Events = field(init=False, default_factory=Events)
    """Of app webhooks."""
    faults: list[str] = field(init=False, default_factory=list)
    """What is wrong with its definition, collected by the build so that all is told at once; elsewhere it is raised."""

    def __post_init__(self) -> None:
        given: Sequence[Auth | type]
        if isinstance(self.auth, (Auth, type)):
            given = [self.auth]
        else:
            given = self.auth or ()
        self.connections = tuple(one if isinstance(one, Auth) else CustomAuth(one) for one in given)
        types = [one.kind for one in self.connections]
        twice = next((one for one in types if types.count(one) > 1), None)
        if twice is not None:
            raise DefinitionError(f"the piece has two connections of type {twice}; each type may stand once")

    def action(
        self,
        name: str,
        *,
        title: str | None = None,
        description: str | None = None,
        require_auth: bool | None = None,
        error_handling: ErrorHandling | None = None,
        output_schema: OutputSchema | None = None,
        output_json_schema: Mapping[str, Any] | bool | None = None,
        sample_output: Any = None,
        audience: Literal["human", "ai", "both"] | None = None,
        ai_metadata: AiMetadata | None = None,
    ) -> Callable[[F], F]:
        """Decorates what one action does. The parameters of the function are the action's properties; one that is annotated
        `Context` (or named `ctx`) is handed the call's surroundings. What it returns is the result: what JSON can say, bytes,
        dataclasses, enums, dates. It may be async.

        `name`: letters, digits, `_` and `-`; the name by which it is called. `description`: the docstring unless given.
        `require_auth`: False when it also works without a connection.
        """

        def decorate(function: F) -> F:
            more = {
                "outputSchema": output_schema,
                "outputJsonSchema": output_json_schema,
                "sampleOutput": sample_output,
                "audience": audience,
                "aiMetadata": ai_metadata,
                "errorHandlingOptions": error_handling,
            }
            meta = _meta(function, name, title, description, require_auth, more)
            with self._telling():
                self._add("action", self.actions, name, Action(function, meta))
            return function

        return decorate

    def trigger(
        self,
        name: str,
        type: TriggerType,
        *,
        sample_data: Any = None,
        title: str | None = None,
        description: str | None = None,
        require_auth: bool | None = None,
        handshake: Handshake | None = None,
        renew: str | None = None,
        schedule: str | None = None,
        output_schema: OutputSchema | None = None,
        output_json_schema: Mapping[str, Any] | bool | None = None,
        sample_output: Any = None,
        audience: Literal["human", "ai", "both"] | None = None,
        ai_metadata: AiMetadata | None = None,
        polling: Polling | None = None,
    ) -> Callable[[Callable[P, R]], Trigger[P, R]]:
        """Decorates the `run` of a trigger of any type; it returns the list of items that start a flow each. Its hooks are
        decorated by what it becomes: `@new_item.on_enable`. `renew`: a cron expression for `on_renew`. `schedule`: a cron
        expression for how often a polling trigger is run. The rest is as in `action`.
        """

        def decorate(function: Callable[P, R]) -> Trigger[P, R]:
            proof = None if handshake is None else {"strategy": handshake.strategy, "paramName": handshake.param_name}
            more = {
                "outputSchema": output_schema,
                "outputJsonSchema": output_json_schema,
                "sampleOutput": sample_output,
                "audience": audience,
                "aiMetadata": ai_metadata,
                "handshakeConfiguration": proof and {key: one for key, one in proof.items() if one is not None},
                "renewConfiguration": None if renew is None else {"strategy": "CRON", "cronExpression": renew},
            }
            meta = _meta(function, name, title, description, require_auth, more)
            with self._telling():
                made = Trigger(function, meta, type, sample_data, polling, schedule)
                self._add("trigger", self.triggers, name, made)
                return made
            # For what could not be made, so that the hooks that follow have something to decorate.
            stand_in: Trigger[Any, Any] = Trigger(_nothing, meta, type, sample_data)
            stand_in.is_stand_in = True
            return stand_in

        return decorate

    def polling(
        self,
        name: str,
        *,
        id: str | Callable[[Any], Any] = "id",
        time: str | Callable[[Any], Any] | None = None,
        data: str | Callable[[Any], Any] | None = None,
        max_items: int | None = None,
        **more: Any,
    ) -> Callable[[Callable[P, R]], Trigger[P, R]]:
        """Decorates a function that asks what there is; the SDK keeps what was seen and hands on what is new.

        By `id` (the name of it in an item, or a function that gives it) the function returns items from new to old;
        `max_items` at most are handed on at once. By `time` (a datetime, an ISO 8601 text or milliseconds since 1970) items
        may come in any order. `data` is what of an item is handed on; all of it unless given. The rest is as in `trigger`.
        """
        how: Polling = ById(id, max_items, data) if time is None else ByTime(time, data)
        return self.trigger(name, "POLLING", polling=how, **more)

    def webhook(self, name: str, **more: Any) -> Callable[[Callable[P, R]], Trigger[P, R]]:
        """Decorates what makes items of a call of a URL of its own (`ctx.payload`). The rest is as in `trigger`."""
        return self.trigger(name, "WEBHOOK", **more)

    def app_webhook(self, name: str, **more: Any) -> Callable[[Callable[P, R]], Trigger[P, R]]:
        """The same where one URL of the whole app is called; see `parse_event` and `verify_event`."""
        return self.trigger(name, "APP_WEBHOOK", **more)

    def manual(self, name: str, **more: Any) -> Callable[[Callable[P, R]], Trigger[P, R]]:
        """Decorates a trigger that a person starts. The rest is as in `trigger`."""
        return self.trigger(name, "MANUAL", **more)

    def parse_event(self, function: F) -> F:
        """Decorates what says of a call of the app's URL (`payload`) which event it is and whose, as `(event,
        identifier_value)`, or answers a handshake with a `Reply`."""
        self.events.parse = function
        return function

    def verify_event(self, function: F) -> F:
        """Decorates what says whether the app really sent it: takes `payload` and `secret`, returns a bool."""
        self.events.verify = function
        return function

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except DefinitionError as fault:
            if not _host.is_building():
                raise
            self.faults.append(str(fault))

    def _add(self, kind: str, table: dict[str, Any], name: str, made: Any) -> None:
        if not NAME.fullmatch(name):
            raise DefinitionError(f'{kind} "{name}": a name has 1-64 letters, digits, "_" or "-" and no digit first')
        if name in table:
            raise DefinitionError(f'two {kind}s are named "{name}"')
        table[name] = made
