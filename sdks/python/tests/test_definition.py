import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from ap_piece import Piece, Prop, SecretText, __version__
from ap_piece.testing import describe
from everything import piece


def test_a_piece_with_everything_describes_itself() -> None:
    description = describe(piece)
    assert list(description["actions"]) == ["all", "steps"]
    types = [auth["type"] for auth in description["auth"]]
    assert types == ["SECRET_TEXT", "BASIC_AUTH", "CUSTOM_AUTH", "OAUTH2", "OIDC"]
    assert description["actions"]["all"]["requireAuth"] is True
    assert description["actions"]["all"]["description"] == "Answers with what it was handed."
    strategies = {name: one["testStrategy"] for name, one in description["triggers"].items()}
    assert strategies == {
        "webhook": "SIMULATION", "app": "SIMULATION", "poll": "TEST_FUNCTION", "manual": "TEST_FUNCTION"
    }  # fmt: skip


def test_types_of_properties_follow_from_annotations() -> None:
    props = describe(piece)["actions"]["all"]["props"]
    assert {name: one["type"] for name, one in props.items()} == {
        "short": "SHORT_TEXT", "long": "LONG_TEXT", "rich": "RICH_TEXT", "note": "MARKDOWN", "whole": "NUMBER",
        "number": "NUMBER", "check": "CHECKBOX", "moment": "DATE_TIME", "day": "DATE_TIME", "span": "DATE_RANGE",
        "color": "COLOR", "file": "FILE", "content": "FILE", "json": "JSON", "object": "OBJECT", "list": "ARRAY",
        "rows": "ARRAY", "mode": "STATIC_DROPDOWN", "speed": "STATIC_DROPDOWN", "modes": "STATIC_MULTI_SELECT_DROPDOWN",
        "city": "DROPDOWN", "cities": "DROPDOWN", "fields": "DYNAMIC", "from": "SHORT_TEXT",
    }  # fmt: skip
    assert props["short"] == {"type": "SHORT_TEXT", "displayName": "Short", "required": True, "defaultValue": "x"}
    assert props["long"]["required"] is False
    assert props["note"] == {
        "type": "MARKDOWN", "displayName": "Markdown", "description": "**Read** me", "required": False, "variant": "INFO"
    }  # fmt: skip
    assert props["city"] == {
        "type": "DROPDOWN", "displayName": "City", "required": False, "refreshers": ["mode"], "refreshOnSearch": True
    }  # fmt: skip
    assert props["speed"]["defaultValue"] == "slow"
    assert props["speed"]["options"]["options"][0] == {"label": "Fast", "value": "fast"}


def test_a_dataclass_stands_for_a_custom_connection() -> None:
    @dataclass
    class OwnServer:
        url: str
        key: Annotated[str, Prop(title="Key", secret=True)]

    (auth,) = describe(Piece("P", auth=OwnServer))["auth"]
    assert auth["displayName"] == "OwnServer"
    assert auth["props"]["key"] == {"type": "SECRET_TEXT", "displayName": "Key", "required": True}


def test_a_piece_without_a_connection_requires_none() -> None:
    bare = Piece("P")

    @bare.action("a")
    def a() -> None: ...

    description = describe(bare)
    assert "auth" not in description
    assert description["actions"]["a"]["requireAuth"] is False


def no_annotation(x) -> None: ...  # type: ignore[no-untyped-def]
def no_type(x: set[int]) -> None: ...
def many(*x: int) -> None: ...
def not_a_name(x: Annotated[int, Prop(name="a b")]) -> None: ...
def twice(x: Annotated[int, Prop(name="y")], y: int) -> None: ...
def nowhere(x: "NotThere") -> None: ...  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (no_annotation, "test_definition.no_annotation: parameter x has no annotation"),
        (no_type, "test_definition.no_type: x: there is no property type for set"),
        (many, "test_definition.many: *x is no property"),
        (not_a_name, '"a b" is no name'),
        (twice, 'two properties are named "y"'),
        (nowhere, "NotThere"),
    ],
)
def test_a_function_that_is_no_action_is_refused(function: Any, message: str) -> None:
    with pytest.raises(TypeError) as refused:
        Piece("P").action("a")(function)
    assert message in str(refused.value)


def test_names_are_checked_and_stand_once() -> None:
    bare = Piece("P")
    bare.action("a")(lambda: None)
    with pytest.raises(TypeError, match='two actions are named "a"'):
        bare.action("a")(lambda: None)
    with pytest.raises(TypeError, match='action "a b"'):
        bare.action("a b")(lambda: None)


def test_a_connection_type_stands_once() -> None:
    with pytest.raises(TypeError, match="SECRET_TEXT"):
        Piece("P", auth=[SecretText("A"), SecretText("B")])


def test_a_hook_takes_what_there_is() -> None:
    bare = Piece("P")

    @bare.webhook("hook")
    def hook(size: int) -> list[Any]:
        return []

    with pytest.raises(TypeError, match='hook on-enable of trigger "hook" has nothing for parameter colour'):

        @hook.on_enable
        def enable(colour: str) -> None: ...


def test_the_version_is_the_one_of_the_package() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
    assert project["project"]["version"] == __version__
