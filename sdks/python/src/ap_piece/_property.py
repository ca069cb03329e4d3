"""From a parameter's annotation to the property that the contract describes, and to the value that the function is handed."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from numbers import Real
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ._values import Convert, converter
from .files import File
from .payload import plain
from .prop import DateRange, Markdown, Option, Options, Prop

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""A name of an action, a trigger, a property."""

ABSENT = inspect.Parameter.empty


@dataclasses.dataclass(frozen=True)
class Property:
    """One property, as the contract describes it, with what computes and converts its value."""

    name: str
    parameter: str
    type: str
    title: str
    required: bool
    convert: Convert
    description: str | None = None
    default: Any = None
    options: list[dict[str, Any]] | None = None
    compute: Callable[..., Any] | None = None
    refreshers: Sequence[str] = ()
    refresh_on_search: bool | None = None
    properties: tuple[Property, ...] | None = None
    variant: str | None = None


class DefinitionError(TypeError):
    """The definition of a piece is not right: what its author wrote, where, and what would be."""


def title_of(name: str) -> str:
    """`first_name` → `First name`."""
    words = name.strip("_").replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def unwrap(annotation: Any) -> tuple[Any, Prop, Markdown | None, bool]:
    """The bare type, what stands beside it, and whether it may be None."""
    prop, markdown, optional = Prop(), None, False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            for extra in annotation.__metadata__:
                if isinstance(extra, Prop):
                    prop = extra.over(prop)
                elif isinstance(extra, Markdown):
                    markdown = extra
            annotation = annotation.__origin__
        elif origin is Union or origin is types.UnionType:
            rest = [one for one in get_args(annotation) if one is not type(None)]
            optional = optional or len(rest) < len(get_args(annotation))
            if len(rest) != 1:
                return (Real if set(rest) == {int, float} else Any), prop, markdown, optional
            # What stands inside of the union says less than what stands around it.
            base, below, markdown_below, _ = unwrap(rest[0])
            return base, prop.over(below), markdown or markdown_below, optional
        elif hasattr(annotation, "__value__"):
            # `type Name = …`
            annotation = annotation.__value__
        else:
            return annotation, prop, markdown, optional


def choices(given: Sequence[Any]) -> list[dict[str, Any]]:
    """Options in the contract's form: `Option`s, dictionaries, `(label, value)` pairs, or bare values."""
    found = []
    for one in given:
        if isinstance(one, Option):
            one = {"label": one.label, "value": one.value}
        elif isinstance(one, tuple) and len(one) == 2:
            one = {"label": str(one[0]), "value": one[1]}
        elif not (isinstance(one, Mapping) and "label" in one):
            one = {"label": str(one), "value": one}
        found.append(dict(one))
    return found


def state(given: Any) -> dict[str, Any]:
    """What a function of options returned, as the contract's answer."""
    if isinstance(given, Mapping):
        return {**given, "options": choices(given.get("options", ()))}
    if not isinstance(given, Options):
        return {"options": choices(list(given))}
    more = {"disabled": given.disabled, "placeholder": given.placeholder}
    return {"options": choices(given.options), **{key: value for key, value in more.items() if value is not None}}


def _literal_options(base: Any) -> list[dict[str, Any]] | None:
    if get_origin(base) is Literal:
        return choices([Option(title_of(str(value)), value) for value in get_args(base)])
    if isinstance(base, type) and issubclass(base, enum.Enum):
        return choices([Option(title_of(one.name.lower()), one.value) for one in base])
    return None


_SIMPLE: dict[Any, str] = {
    str: "SHORT_TEXT",
    int: "NUMBER",
    float: "NUMBER",
    Real: "NUMBER",
    bool: "CHECKBOX",
    datetime: "DATE_TIME",
    date: "DATE_TIME",
    DateRange: "DATE_RANGE",
    File: "FILE",
    bytes: "FILE",
    dict: "OBJECT",
    Any: "JSON",
    object: "JSON",
    list: "ARRAY",
}


def _type_of(base: Any, prop: Prop, where: str) -> tuple[str, dict[str, Any]]:
    """The property's type and what the type adds."""
    is_list = base is list or get_origin(base) is list
    inner = unwrap(get_args(base)[0])[0] if is_list and get_args(base) else None
    if prop.secret:
        return "SECRET_TEXT", {}
    if prop.props is not None:
        return "DYNAMIC", {"compute": prop.props}
    if callable(prop.options):
        return ("MULTI_SELECT_DROPDOWN" if is_list else "DROPDOWN"), {"compute": prop.options}
    options = choices(prop.options) if prop.options is not None else _literal_options(inner if is_list else base)
    if options is not None:
        return ("STATIC_MULTI_SELECT_DROPDOWN" if is_list else "STATIC_DROPDOWN"), {"options": options}
    if inner is not None and dataclasses.is_dataclass(inner):
        return "ARRAY", {"properties": properties_of(inner, where)}
    if prop.type is not None:
        return prop.type, {}
    if typing.is_typeddict(base) or get_origin(base) in (dict, Mapping):
        return "OBJECT", {}
    kind = _SIMPLE.get(list if is_list else base)
    if kind is None:
        name = getattr(base, "__name__", str(base))
        raise DefinitionError(f"{where}: there is no property type for {name}; say one with Prop(type=…)")
    return kind, {}


def property_of(parameter: str, annotation: Any, default: Any, where: str) -> Property:
    """The property of one parameter or field; `where` names it in errors."""
    base, prop, markdown, optional = unwrap(annotation)
    name = prop.name or parameter
    if not NAME.fullmatch(name):
        raise DefinitionError(f'{where}: "{name}" is no name: a letter or _, then up to 63 letters, digits, _ or -')
    if markdown is not None:
        return Property(
            name, parameter, "MARKDOWN", prop.title or "Markdown", False, lambda value: None,
            description=markdown.text, variant=markdown.variant,
        )  # fmt: skip
    kind, adds = _type_of(base, prop, where)
    if isinstance(default, (enum.Enum, date, DateRange)):
        default = plain(default)
    taken = _parameters(adds["compute"]) if "compute" in adds else []
    searches = prop.refresh_on_search if prop.refresh_on_search is not None else (True if "search" in taken else None)
    return Property(
        name,
        parameter,
        kind,
        prop.title or title_of(parameter),
        prop.required if prop.required is not None else not (optional or default is None),
        converter(base, adds.get("properties")),
        description=prop.description,
        default=None if default is ABSENT else default,
        refreshers=list(prop.refreshers if prop.refreshers is not None else _properties_in(taken)),
        refresh_on_search=searches if kind != "DYNAMIC" else None,
        **adds,
    )


NOT_PROPERTIES = ("auth", "search", "ctx")
"""What a function of options may take beside values of properties."""


def _parameters(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def _properties_in(parameters: Sequence[str]) -> list[str]:
    return [name for name in parameters if name not in NOT_PROPERTIES]


def hints_of(definition: Any, where: str) -> dict[str, Any]:
    """Annotations, evaluated."""
    try:
        return typing.get_type_hints(definition, include_extras=True)
    except NameError as error:
        raise DefinitionError(f"{where}: an annotation names what is not there: {error}") from error


def properties_of(cls: Any, where: str) -> tuple[Property, ...]:
    """The fields of a dataclass as properties."""
    hints = hints_of(cls, where)
    found = []
    for field in dataclasses.fields(cls):
        default = ABSENT if field.default is dataclasses.MISSING else field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        found.append(property_of(field.name, hints[field.name], default, f"{where}.{field.name}"))
    return tuple(found)


def computed_properties(given: Any, where: str) -> tuple[Property, ...]:
    """What a function of DYNAMIC properties returned: a dataclass, or name → annotation or (annotation, default)."""
    if dataclasses.is_dataclass(given):
        return properties_of(given, where)
    found = []
    for name, annotation in dict(given).items():
        default = ABSENT
        if isinstance(annotation, tuple):
            annotation, default = annotation
        found.append(property_of(name, annotation, default, f"{where}.{name}"))
    return tuple(found)


def describe_properties(properties: Sequence[Property]) -> dict[str, Any]:
    """Properties as the description holds them."""
    return {one.name: _describe(one) for one in properties}


def _describe(one: Property) -> dict[str, Any]:
    found: dict[str, Any] = {"type": one.type, "displayName": one.title}
    if one.description is not None:
        found["description"] = one.description
    found["required"] = one.required
    if one.default is not None:
        found["defaultValue"] = one.default
    if one.variant is not None:
        found["variant"] = one.variant
    if one.properties is not None:
        found["properties"] = describe_properties(one.properties)
    if one.options is not None:
        found["options"] = {"options": one.options}
    if one.compute is not None:
        found["refreshers"] = list(one.refreshers)
    if one.refresh_on_search is not None:
        found["refreshOnSearch"] = one.refresh_on_search
    return found
