use std::time::Duration;

use ap_piece::prelude::*;
use ap_piece::Json;

#[derive(Deserialize)]
struct Polled {
    #[serde(default)]
    at: u64,
    #[serde(default)]
    id: Value,
    data: Value,
}

#[derive(Props)]
pub struct Items {
    /// What the source answers.
    items: Option<Json<Vec<Polled>>>,
}

fn every_five_minutes(context: &Context, _: &Items) -> Result<()> {
    context.set_schedule(Schedule::Cron("*/5 * * * *", Some("UTC")));
    Ok(())
}

/// Items after the newest moment seen.
#[trigger(title = "By time", auth = false, sample = json!({ "id": 1 }), on_enable = every_five_minutes)]
pub fn poll_time(context: &Context, props: Items) -> Result<Vec<Timed<Value>>> {
    info!("asked {}", context.last_poll());
    let items = props.items.map_or(Vec::new(), |items| items.0);
    Ok(items
        .into_iter()
        .map(|item| Timed {
            at: item.at,
            data: item.data,
        })
        .collect())
}

#[derive(Props)]
pub struct Bounded {
    /// What the source answers.
    items: Option<Json<Vec<Polled>>>,
    #[prop(title = "At most")]
    max: Option<usize>,
}

fn every_minute(context: &Context, _: &Bounded) -> Result<()> {
    context.set_schedule(Schedule::Every(Duration::from_secs(60)));
    Ok(())
}

/// Items before the newest one seen.
#[trigger(
    title = "By the last item",
    auth = false,
    sample = json!({ "id": 1 }),
    on_enable = every_minute,
    max_items = |props: &Bounded| props.max
)]
pub fn poll_last(context: &Context, props: Bounded) -> Result<Vec<Item<Value>>> {
    info!("asked {}", context.last_item());
    let items = props.items.map_or(Vec::new(), |items| items.0);
    Ok(items
        .into_iter()
        .map(|item| Item {
            id: item.id,
            data: item.data,
        })
        .collect())
}

/// A URL of its own is called.
#[trigger(
    webhook,
    auth = false,
    sample = json!({ "id": 1 }),
    handshake = Handshake::Query("challenge".into()),
    renew = "0 0 * * *",
    on_enable = |context, _| store::put("url", context.webhook_url()),
    on_disable = |_, _| store::delete("url"),
    on_start = |_, _| store::put("started", &true),
    on_renew = |_, _| store::put("renewed", &true),
    on_handshake = answer
)]
pub fn webhook(context: &Context) -> Result<Vec<serde_json::Value>> {
    let payload = context.payload();
    let signature = payload.header("x-signature");
    Ok(vec![
        json!({ "body": payload.body, "query": payload.query_params(), "signature": signature }),
    ])
}

fn answer(context: &Context, _: &()) -> Result<Response> {
    let challenge = context.payload().query("challenge").unwrap_or_default();
    Ok(Response::new()
        .header("content-type", "text/plain")
        .body(challenge))
}

/// The URL of the whole app is called.
#[trigger(
    app_webhook,
    title = "App event",
    auth = false,
    sample = json!({ "id": 1 }),
    on_enable = |context, _| {
        context.listen(&["created", "closed"], "team-1");
        Ok(())
    },
    test = |_, _| Ok((1..=7).map(|id| json!({ "id": id })).collect())
)]
pub fn app(context: &Context) -> Result<Vec<Value>> {
    Ok(vec![context.payload().body.clone()])
}

/// A person starts it.
#[trigger(manual, title = "By hand", auth = false, sample = json!({ "by": "hand" }))]
pub fn manual() -> Result<Vec<()>> {
    Ok(Vec::new())
}

pub fn parse(payload: &WebhookPayload) -> Result<Event> {
    if let Some(challenge) = payload.query("challenge") {
        return Ok(Event::Reply(Response::new().body(challenge)));
    }
    let text = |name: &str| payload.body[name].as_str().unwrap_or_default().to_owned();
    Ok(Event::Of {
        event: text("event"),
        identifier: text("team"),
    })
}

pub fn verify(payload: &WebhookPayload, secret: &str) -> Result<bool> {
    Ok(payload.header("x-signature") == Some(secret))
}
