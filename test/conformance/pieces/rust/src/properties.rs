use ap_piece::prelude::*;
use ap_piece::{DateRange, Properties, Property};

#[derive(Props)]
pub struct Echo {
    value: Option<Value>,
}

/// Answers with the value that it was given.
#[action(auth = false)]
pub fn echo(props: Echo) -> Result<Option<Value>> {
    Ok(props.value)
}

#[derive(Choices, Clone, Copy)]
enum Mode {
    Fast,
    Slow,
}

#[derive(Choices, Clone, Copy)]
enum Level {
    #[choice(value = 1)]
    One,
    #[choice(value = 2)]
    Two,
    #[choice(value = 3)]
    Three,
}

/// What a record holds: those that have a value.
fn present(props: &impl Serialize) -> Result<serde_json::Value> {
    let mut value = serde_json::to_value(props)?;
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
    }
    Ok(value)
}

fn or_dash(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

fn kinds(_: &Form) -> Result<Vec<Choice>> {
    Ok(vec![Choice::new("One", 1)])
}

fn city(form: &Form) -> Result<Options> {
    if form.auth::<Value>()?.is_none() {
        return Ok(Options::disabled("connect first"));
    }
    let label = format!(
        "{}/{}",
        or_dash(form.value("mode")),
        form.search().unwrap_or("-")
    );
    Ok(vec![Choice::new(label, json!({ "id": 7 }))].into())
}

fn cities(_: &Form) -> Result<Vec<Choice>> {
    Ok(vec![
        Choice::new("Rome", "rome"),
        Choice::new("Zürich", "zuerich"),
    ])
}

fn fields(form: &Form) -> Result<Properties> {
    let mode = or_dash(form.value("mode")).to_owned();
    let size = Property::new(PropertyType::Number)
        .title(format!("Size ({mode})"))
        .required(true);
    let unit = Property::dropdown(move |_| Ok(vec![Choice::new(format!("Metre ({mode})"), "m")]));
    Ok(Properties::new().with("size", size).with("unit", unit))
}

#[derive(Props, Serialize)]
struct Row {
    name: String,
    #[prop(default = 1)]
    count: Option<f64>,
    #[prop(options = kinds)]
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Value>,
}

#[derive(Props, Serialize)]
pub struct All {
    /// A word.
    #[prop(default = "x")]
    short: String,
    #[prop(kind = LongText)]
    long: Option<String>,
    #[prop(kind = RichText)]
    rich: Option<String>,
    /// **Read** me
    #[prop(variant = "TIP")]
    note: Markdown,
    number: Option<f64>,
    check: Option<bool>,
    #[prop(kind = DateTime)]
    moment: Option<String>,
    span: Option<DateRange>,
    #[prop(kind = Color)]
    color: Option<String>,
    #[serde(skip)]
    file: Option<File>,
    #[prop(title = "JSON")]
    json: Option<Value>,
    object: Option<Map>,
    list: Option<Vec<Value>>,
    rows: Option<Vec<Row>>,
    #[prop(default = Mode::Fast)]
    mode: Mode,
    levels: Option<Vec<Level>>,
    #[prop(options = city, refreshers = ["auth", "mode"], search)]
    city: Option<Value>,
    #[prop(options = cities)]
    cities: Option<Vec<Value>>,
    #[prop(properties = fields, refreshers = ["mode"])]
    fields: Option<Map>,
}

fn everything(action: Action) -> Action {
    action
        .retry_on_failure(Some(true))
        .continue_on_failure(None)
        .output_schema(
            json!({ "fields": [{ "key": "short", "label": "Short" }], "itemLabel": "thing" }),
        )
        .output_json_schema(json!({ "type": "object" }))
        .sample_output(json!({ "short": "x" }))
}

/// Answers with the values of its properties.
#[action(title = "All properties", auth = false, audience = Both, ai = "Echoes.", idempotent = true, with = everything)]
pub fn all(props: All) -> Result<serde_json::Value> {
    let mut answer = present(&props)?;
    if let Some(file) = &props.file {
        answer["file"] = file.base64()?.into();
    }
    Ok(answer)
}

fn rome(_: &Form) -> Result<Vec<Choice>> {
    Ok(vec![Choice::new("Rome", "rome")])
}

fn size(_: &Form) -> Result<Properties> {
    Ok(Properties::new().with("size", Property::new(PropertyType::Number)))
}

#[derive(Props, Serialize)]
pub struct Defaults {
    #[prop(default = "short")]
    short: Option<String>,
    #[prop(kind = LongText, default = "long\ntext")]
    long: Option<String>,
    #[prop(kind = RichText, default = "<b>rich</b>")]
    rich: Option<String>,
    #[prop(default = 1.5)]
    number: Option<f64>,
    #[prop(default = true)]
    check: Option<bool>,
    #[prop(kind = DateTime, default = "2026-01-31T12:00:00.000Z")]
    moment: Option<String>,
    #[prop(default = json!({ "preset": "last_7_days" }))]
    span: Option<DateRange>,
    #[prop(kind = Color, default = "#00ff00")]
    color: Option<String>,
    #[prop(title = "JSON", default = json!({ "a": [1, null] }))]
    json: Option<Value>,
    #[prop(default = json!({ "k": "v" }))]
    object: Option<Map>,
    #[prop(default = vec!["a", "b"])]
    list: Option<Vec<Value>>,
    #[prop(default = Mode::Slow)]
    mode: Option<Mode>,
    #[prop(default = vec![1, 3])]
    levels: Option<Vec<Level>>,
    #[prop(default = "rome", options = rome)]
    city: Option<Value>,
    #[prop(default = vec!["rome"], options = rome)]
    cities: Option<Vec<Value>>,
    #[prop(default = json!({ "size": 1 }), properties = size)]
    fields: Option<Map>,
}

/// Answers with the values of its properties.
#[action(auth = false)]
pub fn defaults(props: Defaults) -> Result<serde_json::Value> {
    present(&props)
}
