from typing import Any

import pytest
from ap_piece import Failure, env
from ap_piece.testing import Outside, new_outside, resolve, run_action, run_trigger
from everything import piece

AUTH = {"type": "SECRET_TEXT", "secret_text": "good"}


@pytest.fixture(autouse=True)
def outside() -> Outside:
    return new_outside()


def test_an_action_is_handed_its_properties(outside: Outside) -> None:
    file = outside.add_file("a.txt", "hi")
    props = {
        "whole": "4", "number": "4.5", "rows": [{"name": "n"}], "file": file, "content": file, "modes": [1],
        "moment": "2026-01-31T12:00:00+02:00", "day": "2026-01-31T12:00:00Z", "speed": "fast", "from": "here",
        "span": {"preset": "custom", "after": "2026-01-01T00:00:00.000Z"}, "list": ["a"], "city": 7,
    }  # fmt: skip
    assert run_action(piece, "all", props, auth=AUTH) == {
        "short": "x", "mode": "fast", "whole": 4, "number": 4.5, "rows": [{"name": "n", "kind": None}], "modes": [1],
        "file": "aGk=", "content": "aGk=", "moment": "2026-01-31T10:00:00.000Z", "day": "2026-01-31", "speed": "fast",
        "span": {"preset": "custom", "after": "2026-01-01T00:00:00.000Z"}, "from_": "here", "auth": "SECRET_TEXT",
        "list": ["a"], "city": 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"number": "four"}, "props.number must be a number"),
        ({"number": True}, "props.number must be a number"),
        ({"whole": 4.5}, "props.whole must be a whole number"),
        ({"short": 4}, "props.short must be text"),
        ({"rows": [{}]}, "props.rows[0].name is required"),
        ({"rows": [1]}, "props.rows[0] must be an object"),
        ({"list": ["a", 1]}, "props.list[1] must be text"),
        ({"file": {}}, "props.file must be a file"),
        ({"mode": "other"}, "props.mode must be one of 'fast', 'slow'"),
        ({"modes": [True]}, "props.modes[0] must be one of 1, 2"),
        ({"speed": 1}, "props.speed must be one of 'fast', 'slow'"),
        ({"moment": "soon"}, "props.moment must be an ISO 8601 text"),
        ({"check": 1, "list": {}}, "props.check must be true or false; props.list must be a list"),
    ],
)
def test_wrong_properties_are_refused_by_their_path(props: dict[str, Any], message: str) -> None:
    with pytest.raises(Failure) as refused:
        run_action(piece, "all", props, auth=AUTH)
    assert (refused.value.code, refused.value.message) == ("invalid_input", message)
    assert refused.value.detail["violations"][0]["path"].startswith("props.")


def test_a_connection_is_needed() -> None:
    with pytest.raises(Failure, match="auth is required"):
        run_action(piece, "all")


def test_an_action_that_does_not_exist_is_named() -> None:
    with pytest.raises(Failure, match="nope") as refused:
        run_action(piece, "nope")
    assert refused.value.code == "unknown_action"


def test_state_is_kept_by_scope(outside: Outside) -> None:
    assert run_action(piece, "steps", {"what": "store"}) == [{"n": 1}, None, 2, ["a"], True]
    assert outside.values == {"flow/a": '{"n":1}', "project/b": "2"}


def test_files_are_written_with_a_media_type(outside: Outside) -> None:
    reference = run_action(piece, "steps", {"what": "files"})
    assert outside.contents[reference] == ("a.csv", "text/csv", b"x,y")


@pytest.mark.parametrize(
    ("what", "requests"),
    [
        ("respond", [("respond", {"status": 201, "body": {"a": 1}})]),
        ("stop", [("stop", None)]),
        ("delay", [("wait_until", 1767225600000)]),
        ("webhook", [("wait_for_webhook", {"body": "wait"})]),
    ],
)
def test_the_run_is_asked(outside: Outside, what: str, requests: list[Any]) -> None:
    run_action(piece, "steps", {"what": what}, run={"id": "r"})
    assert outside.requests == requests


def test_an_action_is_called_again_with_what_ended_the_pause() -> None:
    run = {"executionType": "RESUME", "resumePayload": {"ok": True}}
    assert run_action(piece, "steps", {"what": "delay"}, run=run) == {"resumed": {"ok": True}}


def test_an_action_refuses_in_its_own_words() -> None:
    with pytest.raises(Failure) as refused:
        run_action(piece, "steps", {"what": "refuse"})
    failure = refused.value
    assert (failure.code, failure.retry_after_ms, failure.detail) == ("no_such_thing", 0, {"what": "refuse"})


PAYLOAD = {"body": {"a": 1}, "headers": {}, "queryParams": {"challenge": "c"}}


@pytest.mark.parametrize(
    ("name", "hook", "more", "expected"),
    [
        ("poll", "on-enable", {}, {"schedule": {"cronExpression": "*/5 * * * *"}}),
        ("app", "on-enable", {}, {"listeners": [{"events": ["created"], "identifierValue": "team-1"}]}),
        ("webhook", "on-enable", {"webhook_url": "https://hook"}, None),
        ("webhook", "on-disable", {}, None),
        ("webhook", "on-renew", {}, None),
        ("webhook", "on-start", {}, None),
        ("webhook", "run", {"payload": PAYLOAD}, [{"a": 1}]),
        ("webhook", "handshake", {"payload": PAYLOAD}, {"status": 200, "body": "c"}),
        ("poll", "test", {}, [1, 2, 3, 4, 5]),
        ("manual", "test", {}, [{"by": "hand"}]),
    ],
)
def test_a_trigger_answers(name: str, hook: Any, more: dict[str, Any], expected: Any) -> None:
    assert run_trigger(piece, name, hook, **more) == expected


def test_a_trigger_that_does_not_exist_is_named() -> None:
    with pytest.raises(Failure) as refused:
        run_trigger(piece, "nope", "run")
    assert refused.value.code == "unknown_trigger"


def payload(query: dict[str, str], headers: dict[str, str] | None = None) -> dict[str, Any]:
    return {"body": {"team": "t"}, "headers": headers or {}, "queryParams": query}


CUSTOM = {"type": "CUSTOM_AUTH", "props": {"url": "u", "key": "k"}}


@pytest.mark.parametrize(
    ("path", "more", "expected"),
    [
        (
            "actions/all/props/city",
            {"props": {"mode": "slow"}, "auth": AUTH, "search": "s"},
            {"options": [{"label": "slow s", "value": 7}]},
        ),
        ("actions/all/props/city", {}, {"disabled": True, "options": [], "placeholder": "connect first"}),
        ("actions/all/props/cities", {}, {"options": [{"label": "Rome", "value": "Rome"}]}),
        ("actions/all/props/fields/unit", {"props": {"mode": "fast"}}, {"options": [{"label": "Metre", "value": "m"}]}),
        ("actions/all/props/rows/items/kind", {}, {"options": [{"label": "One", "value": 1}]}),
        ("auth/validate", {"auth": AUTH}, {"valid": True}),
        (
            "auth/validate",
            {"auth": {**AUTH, "secret_text": "bad"}},
            {"valid": False, "error": "the token is not accepted"},
        ),
        ("auth/validate", {"auth": {"type": "BASIC_AUTH", "username": "a", "password": "b"}}, {"valid": True}),
        ("auth/identifier", {"auth": AUTH}, "token of 4 characters"),
        ("auth/refresh", {"auth": CUSTOM}, {"access_token": "k@u", "expires_in": 30}),
        ("events/parse", {"payload": payload({})}, {"event": "created", "identifierValue": "t"}),
        ("events/parse", {"payload": payload({"challenge": "c"})}, {"reply": {"status": 200, "body": "c"}}),
        ("events/verify", {"payload": payload({}, {"signature": "s"}), "secret": "s"}, True),
        ("events/verify", {"payload": payload({}), "secret": "s"}, False),
    ],
)
def test_what_surrounds_a_call(path: str, more: dict[str, Any], expected: Any) -> None:
    assert resolve(piece, path, **more) == expected


def test_a_dynamic_property_stands_for_others() -> None:
    assert resolve(piece, "actions/all/props/fields", {"mode": "fast"}) == {
        "props": {
            "size": {"type": "NUMBER", "displayName": "Size (fast)", "required": True},
            "unit": {"type": "DROPDOWN", "displayName": "Unit", "required": False, "refreshers": []},
        }
    }


@pytest.mark.parametrize(
    "path",
    [
        "actions/nope/props/x", "actions/all/props/short", "actions/all/props/__class__", "actions/all/props",
        "actions/all/props/rows/items/name", "actions/all/props/rows/kind", "actions/all/other/city",
        "triggers/poll/props/x", "auth/refresh", "auth/other", "actions", "",
    ],
)  # fmt: skip
def test_nothing_is_found_elsewhere(path: str) -> None:
    with pytest.raises(Failure, match=f'there is nothing to resolve at "{path}"') as refused:
        resolve(piece, path, auth=AUTH)
    assert refused.value.code == "unknown_path"


def test_a_connection_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(Failure) as refused:
        resolve(piece, "auth/validate", auth={"type": "OTHER"})
    assert refused.value.code == "invalid_input"


def test_environment_variables_are_those_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AP_TEST_VARIABLE", "yes")
    assert env("AP_TEST_VARIABLE") == "yes"
    monkeypatch.delenv("AP_TEST_VARIABLE")
    assert env("AP_TEST_VARIABLE") is None
