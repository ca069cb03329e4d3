"""What a form shows for one parameter, beside what its annotation says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from .payload import Formed

__all__ = [
    "Color",
    "DateRange",
    "Json",
    "LongText",
    "Markdown",
    "Option",
    "Options",
    "Prop",
    "PropertyType",
    "RichText",
    "Secret",
]

PropertyType: TypeAlias = Literal[
    "SHORT_TEXT",
    "LONG_TEXT",
    "RICH_TEXT",
    "MARKDOWN",
    "NUMBER",
    "CHECKBOX",
    "DATE_TIME",
    "DATE_RANGE",
    "COLOR",
    "FILE",
    "JSON",
    "OBJECT",
    "ARRAY",
    "STATIC_DROPDOWN",
    "STATIC_MULTI_SELECT_DROPDOWN",
    "DROPDOWN",
    "MULTI_SELECT_DROPDOWN",
    "DYNAMIC",
    "SECRET_TEXT",
]
"""The kinds of properties, in the contract's words."""


@dataclass(frozen=True)
class Option:
    """One choice of a dropdown."""

    label: str
    value: Any


@dataclass
class Options:
    """What a dropdown shows: its options, or why it has none. A plain list of options serves where nothing more is said."""

    options: Sequence[Any] = ()
    """`Option`s, `(label, value)` pairs, or values that are their own labels."""
    disabled: bool | None = None
    placeholder: str | None = None


# Two are never compared: `Annotated` hashes what stands in it, and a list of options has no hash.
@dataclass(frozen=True, eq=False)
class Prop:
    """Stands in `Annotated[…, Prop(…)]` beside the type of a parameter.

    The type of the property follows from the annotation: `str` SHORT_TEXT, `int` and `float` NUMBER, `bool` CHECKBOX,
    `datetime` DATE_TIME, `DateRange`, `File` and `bytes` FILE, `dict` OBJECT, `Any` JSON, `list` ARRAY (of a dataclass:
    with its fields as inner properties), `Literal` and `Enum` a dropdown, a list of them a multi-select. `X | None` is not
    required; a default that is not None is the form's default.
    """

    title: str | None = None
    """What the form calls it; made of the parameter's name unless given."""
    description: str | None = None
    name: str | None = None
    """The name in the contract, where it cannot be a parameter's: `from`, `content-type`."""
    type: PropertyType | None = None
    """Where it is another than the annotation says: LONG_TEXT, COLOR …"""
    required: bool | None = None
    """Where it is another than the annotation and the default say."""
    options: Callable[..., Any] | Sequence[Any] | None = None
    """Choices: a list, or a function that computes them. The function takes by name what it needs: values of other
    properties, `auth`, `search` (what the user typed), `ctx`; it may be async. A list annotation makes it a multi-select."""
    props: Callable[..., Any] | None = None
    """A function that computes a dictionary of further properties (name → annotation, or dataclass): DYNAMIC. It takes
    what `options` takes."""
    refreshers: Sequence[str] | None = None
    """Properties whose change has `options` or `props` computed anew; those that the function takes, unless given."""
    refresh_on_search: bool | None = None
    """Whether what the user types has the options computed anew; true where the function takes `search`."""
    secret: bool = False
    """In the dataclass of a connection: a text that is never shown again."""

    def over(self, other: Prop) -> Prop:
        """What this one says, and what the other says beside it."""
        unsaid = Prop()
        return Prop(
            **{
                one.name: mine if (mine := getattr(self, one.name)) != getattr(unsaid, one.name) else getattr(other, one.name)
                for one in fields(Prop)
            }
        )


@dataclass(frozen=True)
class Markdown:
    """A text to read in the form: `note: Annotated[None, Markdown("**Read** me")] = None`. It has no value."""

    text: str
    variant: Literal["INFO", "WARNING", "TIP", "BORDERLESS"] = "INFO"


@dataclass
class DateRange(Formed):
    """A span of time: a named one, or its ends."""

    preset: (
        Literal["any_time", "last_24_hours", "last_7_days", "last_30_days", "last_90_days", "this_month", "custom"] | None
    ) = None
    after: datetime | None = None
    before: datetime | None = None

    def contract(self) -> dict[str, Any]:
        """The contract's form; what was not said is left out."""
        said = {"preset": self.preset, "after": self.after, "before": self.before}
        return {key: value for key, value in said.items() if value is not None}


LongText: TypeAlias = Annotated[str, Prop(type="LONG_TEXT")]
"""Text of several lines."""
RichText: TypeAlias = Annotated[str, Prop(type="RICH_TEXT")]
"""Text with marks."""
Color: TypeAlias = Annotated[str, Prop(type="COLOR")]
"""A colour, as text."""
Json: TypeAlias = Annotated[Any, Prop(type="JSON")]
"""Any JSON; a caller's text that is JSON becomes what it says."""
Secret: TypeAlias = Annotated[str, Prop(secret=True)]
"""In the dataclass of a connection: a text that is never shown again."""
