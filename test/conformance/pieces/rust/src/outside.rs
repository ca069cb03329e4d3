use std::time::{Duration, UNIX_EPOCH};

use ap_piece::http::Redirect;
use ap_piece::prelude::*;
use ap_piece::store::Scope;

#[derive(Choices, Clone, Copy)]
enum Method {
    #[choice(label = "GET", value = "GET")]
    Get,
    #[choice(label = "POST", value = "POST")]
    Post,
    #[choice(label = "PUT", value = "PUT")]
    Put,
    #[choice(label = "DELETE", value = "DELETE")]
    Delete,
    #[choice(label = "HEAD", value = "HEAD")]
    Head,
}

#[derive(Choices, Clone, Copy, PartialEq)]
enum Redirects {
    Follow,
    #[choice(label = "Hand out")]
    Manual,
}

#[derive(Props)]
pub struct Request {
    #[prop(title = "URL")]
    url: String,
    #[prop(default = Method::Get)]
    method: Method,
    headers: Option<Map>,
    #[prop(kind = LongText)]
    body: Option<String>,
    #[prop(title = "Redirects", default = Redirects::Follow)]
    redirect: Redirects,
    #[prop(title = "Timeout", name = "timeoutMs")]
    timeout_ms: Option<u64>,
    #[prop(title = "Refuse statuses", default = true)]
    check: bool,
}

#[derive(Serialize)]
pub struct Answer {
    status: u16,
    #[serde(rename = "contentType")]
    content_type: Option<String>,
    location: Option<String>,
    body: String,
}

/// Sends one request and answers with what came back.
#[action(title = "HTTP request", auth = false)]
pub fn http(props: Request) -> Result<Answer> {
    let method = props.method.to_value();
    let mut request = ap_piece::http::request(method.as_str().unwrap_or_default(), props.url);
    for (name, value) in props.headers.unwrap_or_default().iter() {
        request = request.header(name, value.as_str().unwrap_or_default());
    }
    if let Some(body) = props.body {
        request = request.body(body);
    }
    if let Some(timeout) = props.timeout_ms {
        request = request.timeout(Duration::from_millis(timeout));
    }
    if props.redirect == Redirects::Manual {
        request = request.redirect(Redirect::Manual);
    }
    let mut response = request.send()?;
    if props.check {
        response = response.error_for_status()?;
    }
    let header = |name: &str| response.header(name).map(str::to_owned);
    Ok(Answer {
        status: response.status,
        content_type: header("content-type"),
        location: header("location"),
        body: response.text(),
    })
}

#[derive(Props)]
pub struct Many {
    #[prop(title = "URLs")]
    urls: Vec<String>,
}

/// Gets all addresses at the same time.
#[action(title = "Many requests at once", auth = false)]
pub fn http_all(props: Many) -> Result<Vec<String>> {
    let answers = ap_piece::http::all(props.urls.into_iter().map(ap_piece::http::get));
    answers
        .into_iter()
        .map(|answer| Ok(answer?.text()))
        .collect()
}

#[derive(Choices, Clone, Copy)]
enum Operation {
    Get,
    Put,
    Delete,
    Keys,
}

#[derive(Choices, Clone, Copy, PartialEq)]
enum Of {
    Flow,
    Project,
}

#[derive(Props)]
pub struct State {
    #[prop(title = "Operation")]
    op: Operation,
    #[prop(default = Of::Flow)]
    scope: Of,
    #[prop(default = "key")]
    key: Option<String>,
    value: Option<Value>,
    prefix: Option<String>,
    after: Option<String>,
    #[prop(default = 1)]
    times: u32,
}

/// Uses the store.
#[action(auth = false)]
pub fn state(props: State) -> Result<Value> {
    let scope = if props.scope == Of::Flow {
        Scope::Flow
    } else {
        Scope::Project
    };
    let key = props.key.unwrap_or_default();
    let value = props.value.unwrap_or_default();
    let mut found = Value::Null;
    for _ in 0..props.times {
        match props.op {
            Operation::Get => found = scope.get(&key)?.unwrap_or_default(),
            Operation::Put => scope.put(&key, &value)?,
            Operation::Delete => scope.delete(&key)?,
            Operation::Keys => {
                let prefix = props.prefix.as_deref().unwrap_or_default();
                found = scope.keys(prefix, props.after.as_deref())?.into();
            }
        }
    }
    Ok(found)
}

#[derive(Props)]
pub struct WriteFile {
    name: String,
    #[prop(kind = LongText)]
    text: String,
    #[prop(title = "Media type", name = "mediaType")]
    media_type: Option<String>,
    #[prop(default = 1)]
    times: u32,
}

/// Answers with the reference of the last file that it wrote.
#[action(title = "Write a file", auth = false)]
pub fn write_file(props: WriteFile) -> Result<Option<String>> {
    let mut reference = None;
    for _ in 0..props.times {
        reference = Some(match &props.media_type {
            Some(media_type) => files::write_as(&props.name, media_type, &props.text)?,
            None => files::write(&props.name, &props.text)?,
        });
    }
    Ok(reference)
}

#[derive(Props)]
pub struct ReadFile {
    file: File,
    #[prop(title = "Another reference")]
    reference: Option<String>,
    offset: Option<u64>,
    #[prop(title = "At most", name = "maxBytes")]
    max_bytes: Option<u32>,
}

/// Answers with what a file says, or a part of it.
#[action(title = "Read a file", auth = false)]
pub fn read_file(props: ReadFile) -> Result<serde_json::Value> {
    let file = &props.file;
    let bytes = match (&props.reference, props.offset, props.max_bytes) {
        (None, None, None) => file.data()?,
        (reference, offset, most) => {
            let reference = reference.as_deref().unwrap_or(&file.reference);
            files::read(reference, offset.unwrap_or(0), most.unwrap_or(1024 * 1024))?
        }
    };
    Ok(json!({
        "filename": file.filename,
        "mediaType": file.media_type,
        "size": file.size,
        "extension": file.extension(),
        "text": String::from_utf8_lossy(&bytes),
    }))
}

#[derive(Choices, Clone, Copy)]
enum What {
    Info,
    Respond,
    #[choice(label = "Respond twice")]
    Twice,
    Stop,
    #[choice(label = "Stop with an answer")]
    StopWith,
    Wait,
    #[choice(label = "Wait for a webhook")]
    Webhook,
}

#[derive(Props)]
pub struct Steer {
    what: What,
}

/// Answers, ends or pauses the run, or says what it knows of it.
#[action(title = "Steer the run", auth = false)]
pub fn steer(context: &Context, props: Steer) -> Result<Value> {
    if let What::Info = props.what {
        return Ok(json!({
            "id": context.run_id(),
            "attempt": context.attempt(),
            "testing": context.testing(),
            "step": context.step_name(),
            "project": context.project_id(),
            "flow": context.flow_id(),
            "executionType": if context.resumed().is_some() { "RESUME" } else { "BEGIN" },
            "hasDeadline": context.deadline().is_some(),
        })
        .into());
    }
    if let Some(payload) = context.resumed() {
        return Ok(json!({ "resumed": payload }).into());
    }
    let response = Response::new()
        .status(201)
        .header("x-a", "1")
        .body(json!({ "a": 1 }));
    match props.what {
        What::Info => {}
        What::Respond => context.respond(response)?,
        What::Twice => {
            context.respond(response.clone())?;
            context.respond(response)?;
        }
        What::Stop => context.stop(None)?,
        What::StopWith => context.stop(Some(response))?,
        What::Wait => context.wait_until(UNIX_EPOCH + Duration::from_secs(1_893_456_000))?,
        What::Webhook => return Ok(context.wait_for_webhook(Some(response))?.into()),
    }
    Ok(Value::Null)
}

#[derive(Props)]
pub struct Log {
    #[prop(title = "Characters of one line")]
    chars: Option<usize>,
}

/// Writes a line at each level, or one long line.
#[action(auth = false)]
pub fn log(props: Log) -> Result<()> {
    if let Some(chars) = props.chars {
        info!("{}", "x".repeat(chars));
        return Ok(());
    }
    debug!("a debug line");
    info!("an info line: ünï 😀");
    warn!("a warning");
    error!("an error");
    Ok(())
}

#[derive(Props)]
pub struct Environment {
    name: String,
}

/// Answers with a variable, or null.
#[action(auth = false)]
pub fn environment(props: Environment) -> Result<Option<String>> {
    Ok(env::var(&props.name))
}
