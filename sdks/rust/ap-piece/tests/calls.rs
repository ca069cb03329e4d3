//! What calls of a piece answer and refuse, natively.
use std::time::Duration;

use ap_piece::prelude::*;
use ap_piece::testing::{describe, resolve, run_action, run_trigger, Outside};
use ap_piece::{Json, Properties, Property};

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// As it comes
    Fast,
    #[choice(label = "Slow", value = 2)]
    Slow,
}

#[derive(Props, Serialize)]
#[serde(crate = "ap_piece::serde")]
struct Row {
    name: String,
    #[prop(default = 1)]
    count: u8,
}

#[derive(Deserialize, Serialize)]
#[serde(crate = "ap_piece::serde")]
struct Point {
    x: i32,
}

fn rooms(form: &Form) -> Result<Options> {
    match form.auth::<SecretText>()? {
        None => Ok(Options::disabled("connect first")),
        Some(token) => Ok(vec![Choice::new(token.secret_text, form.search().unwrap_or("-"))].into()),
    }
}

fn fields(form: &Form) -> Result<Properties> {
    let title = format!("Size {}", form.value("mode"));
    Ok(Properties::new()
        .with("size", Property::new(PropertyType::Number).title(title).required(true))
        .with("unit", Property::dropdown(|_| Ok(vec![Choice::new("Metre", "m")]))))
}

/// Everything
/// that a form holds.
///
/// In two paragraphs.
#[derive(Props, Serialize)]
#[serde(crate = "ap_piece::serde")]
struct Everything {
    /// What it is
    /// called.
    #[prop(title = "Name", default = "x")]
    short: String,
    #[prop(kind = LongText)]
    long: Option<String>,
    #[prop(name = "howMany")]
    how_many: Option<i64>,
    small: Option<u8>,
    check: Option<bool>,
    #[prop(default = Mode::Fast)]
    mode: Mode,
    modes: Option<Vec<Mode>>,
    rows: Option<Vec<Row>>,
    list: Option<Vec<Value>>,
    #[serde(skip)]
    #[allow(dead_code)]
    point: Option<Json<Point>>,
    object: Option<Map>,
    #[serde(skip)]
    #[allow(dead_code)]
    file: Option<File>,
    #[prop(options = rooms, refreshers = ["auth"], search)]
    room: Option<String>,
    #[prop(properties = fields, refreshers = ["mode"])]
    fields: Option<Map>,
    /// Read me.
    note: Markdown,
}

/// Answers with what it was handed.
#[action]
fn all(props: Everything) -> Result<Everything> {
    Ok(props)
}

/// Fails.
#[action(auth = false)]
fn fail() -> Result<u8> {
    Ok("four".parse::<u8>()?)
}

/// Gets two addresses.
#[action(auth = false)]
fn get(props: Address) -> Result<Vec<String>> {
    let answers = http::all([http::get(&props.url).bearer("t"), http::post(&props.url).json(&json!([1]))]);
    answers.into_iter().map(|answer| Ok(answer?.error_for_status()?.text())).collect()
}

#[derive(Props)]
struct Address {
    url: String,
}

fn piece() -> Piece {
    Piece::new("Sample")
        .auth(Connection::secret_text("Token").identifier(|token| Ok(token.secret_text)))
        .action(all::define())
        .action(fail::define())
        .action(get::define())
}

fn auth() -> serde_json::Value {
    json!({ "type": "SECRET_TEXT", "secret_text": "t" })
}

#[test]
fn an_action_is_handed_its_properties() {
    Outside::new();
    let props = json!({ "howMany": "41", "mode": 2, "modes": ["fast"], "rows": [{ "name": "n" }], "long": null });
    let answer = run_action(&piece(), "all", json!({ "props": props, "auth": auth() })).unwrap();
    assert_eq!(answer["short"], "x".into());
    assert_eq!(answer["how_many"], 41.into());
    assert_eq!((&answer["mode"], &answer["modes"][0]), (&2.into(), &"fast".into()));
    assert_eq!(answer["rows"], json!([{ "name": "n", "count": 1 }]).into());
}

#[test]
fn wrong_properties_are_refused_by_their_paths() {
    for (props, message) in [
        (json!({ "howMany": "four" }), "props.howMany must be a number"),
        (
            json!({ "howMany": 1.5 }),
            "props.howMany must be a whole number from -9223372036854775808 to 9223372036854775807",
        ),
        (json!({ "small": 256 }), "props.small must be a whole number from 0 to 255"),
        (json!({ "short": 4 }), "props.short must be text"),
        (json!({ "mode": "none" }), "props.mode must be one of its options"),
        (json!({ "rows": [{}] }), "props.rows[0].name is required"),
        (json!({ "rows": [1] }), "props.rows[0] must be an object"),
        (json!({ "rows": [{ "name": "a" }, { "name": "b", "count": [] }] }), "props.rows[1].count must be a number"),
        (json!({ "file": {} }), "props.file must be a file"),
        (json!({ "point": { "x": "1" } }), "props.point does not fit: invalid type: string \"1\", expected i32"),
        (json!({ "check": 1, "list": {} }), "props.check must be true or false; props.list must be a list"),
    ] {
        let failure = run_action(&piece(), "all", json!({ "props": props, "auth": auth() })).unwrap_err();
        assert_eq!((failure.code(), failure.message()), ("invalid_input", message));
        assert!(failure.details().unwrap()["violations"][0]["path"].as_str().is_some());
    }
}

#[test]
fn what_is_not_there_is_named() {
    let piece = piece();
    let code = |failure: Failure| failure.code().to_owned();
    assert_eq!(run_action(&piece, "nope", json!({})).map_err(code), Err("unknown_action".to_owned()));
    assert_eq!(
        run_trigger(&piece, "nope", TriggerHook::Run, json!({})).map_err(code),
        Err("unknown_trigger".to_owned())
    );
    let message = run_action(&piece, "all", json!({})).unwrap_err().message().to_owned();
    assert_eq!(message, "auth is required: choose a connection");
    let basic = json!({ "type": "BASIC_AUTH", "username": "a", "password": "b" });
    let failure = resolve(&piece, "auth/validate", json!({ "auth": basic })).unwrap_err();
    assert_eq!(failure.message(), "auth.type: the piece has no connection of type BASIC_AUTH");
    for path in ["", "auth/refresh", "auth/other", "actions/all/props/short", "actions/all/other/room", "events/parse"]
    {
        let failure = resolve(&piece, path, json!({ "auth": auth() })).unwrap_err();
        assert_eq!(failure.message(), format!("there is nothing to resolve at \"{path}\""));
    }
}

#[test]
fn options_and_dynamic_properties_are_computed() {
    let path = "actions/all/props/room";
    let connected = json!({ "options": [{ "label": "t", "value": "s" }] });
    assert_eq!(resolve(&piece(), path, json!({ "auth": auth(), "searchValue": "s" })), Ok(connected.into()));
    let disabled = json!({ "options": [], "disabled": true, "placeholder": "connect first" });
    assert_eq!(resolve(&piece(), path, json!({})), Ok(disabled.into()));
    let props = resolve(&piece(), "actions/all/props/fields", json!({ "props": { "mode": 2 } })).unwrap();
    assert_eq!(props["props"]["size"]["displayName"], "Size 2".into());
    let unit = resolve(&piece(), "actions/all/props/fields/unit", json!({})).unwrap();
    assert_eq!(unit, json!({ "options": [{ "label": "Metre", "value": "m" }] }).into());
}

#[test]
fn another_error_is_a_bug_with_its_place() {
    let line = include_str!("calls.rs").lines().position(|line| line.contains("Ok(\"four\"")).unwrap() + 1;
    let failure = run_action(&piece(), "fail", json!({})).unwrap_err();
    let place = format!("({}:{line})", file!());
    assert_eq!(failure.code(), "internal_error");
    assert_eq!(failure.message(), format!("ParseIntError: invalid digit found in string {place}"));
    assert_eq!(failure.details().unwrap()["line"], line.into());
}

#[test]
fn requests_fail_with_the_codes_of_every_sdk() {
    let outside = Outside::new();
    outside.set_now(4_000);
    for (status, retry_after, code, pause) in [
        (401, None, "unauthorized", None),
        (403, None, "unauthorized", None),
        (404, None, "not_found", None),
        (429, Some("7"), "rate_limited", Some(7)),
        (429, None, "rate_limited", Some(0)),
        (503, Some("Thu, 01 Jan 1970 00:00:10 GMT"), "upstream_error", Some(6)),
        (503, Some("soon"), "upstream_error", Some(0)),
        (500, None, "upstream_error", None),
        (422, None, "request_refused", None),
    ] {
        outside.answer(move |_| {
            let headers = retry_after.map(|after| ("retry-after".to_owned(), after.to_owned()));
            Ok(http::Response { headers: headers.into_iter().collect(), ..http::Response::new(status, "why") })
        });
        let failure = run_action(&piece(), "get", json!({ "props": { "url": "https://a.b/c" } })).unwrap_err();
        assert_eq!((failure.code(), failure.message()), (code, &*format!("https://a.b answered {status}")));
        assert_eq!(failure.pause(), pause.map(Duration::from_secs));
        assert_eq!(failure.details(), Some(&json!({ "status": status, "body": "why" }).into()));
    }
}

#[test]
fn redirects_are_followed_without_credentials_across_origins() {
    let outside = Outside::new();
    outside.answer(|request| {
        let mut response = http::Response::new(200, request.method.clone());
        if request.url.to_string() == "https://a.b/c" {
            response = http::Response::new(302, "");
            response.headers.push(("location".to_owned(), "//d.e/f".to_owned()));
        }
        Ok(response)
    });
    let answer = run_action(&piece(), "get", json!({ "props": { "url": "https://a.b/c" } }));
    assert_eq!(answer, Ok(vec!["GET", "GET"].into()));
    let [first, second, _, posted] = &outside.requests()[..] else { panic!() };
    assert_eq!((first.header("authorization"), second.header("authorization")), (Some("Bearer t"), None));
    assert_eq!((posted.body.as_deref(), posted.header("content-type")), (None, None));
    outside.answer(|_| {
        Ok(http::Response { headers: vec![("location".into(), "/c".into())], ..http::Response::new(307, "") })
    });
    let failure = run_action(&piece(), "get", json!({ "props": { "url": "https://a.b/c" } })).unwrap_err();
    assert_eq!(failure.message(), "https://a.b/c redirects more than 5 times");
}

#[test]
fn a_form_is_described_in_its_order() {
    let described = describe(&piece()).unwrap();
    let props = described["actions"]["all"]["props"].as_record().unwrap();
    let names: Vec<&str> = props.iter().map(|(name, _)| name).collect();
    assert_eq!(names[..4], ["short", "long", "howMany", "small"]);
    let short = json!({ "type": "SHORT_TEXT", "displayName": "Name", "description": "What it is called.", "required": true, "defaultValue": "x" });
    assert_eq!(props.get("short"), Some(&short.into()));
    let options = json!({ "options": [{ "label": "As it comes", "value": "fast" }, { "label": "Slow", "value": 2 }] });
    assert_eq!(described["actions"]["all"]["props"]["modes"]["options"], options.into());
    assert_eq!(props.get("rows").unwrap()["properties"]["count"]["defaultValue"], 1.into());
    let note = json!({ "type": "MARKDOWN", "displayName": "Markdown", "description": "Read me.", "required": false, "variant": "INFO" });
    assert_eq!(props.get("note"), Some(&note.into()));
}

#[test]
fn a_name_that_stands_twice_is_told() {
    let failure = describe(&piece().action(fail::define()).action(get::define())).unwrap_err();
    assert_eq!(failure.message(), "two actions are named \"fail\"; two actions are named \"get\"");
}
