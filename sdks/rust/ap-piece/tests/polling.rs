//! Polling triggers step by step, as the golden vectors say.
use std::cell::RefCell;
use std::rc::Rc;

use ap_piece::prelude::*;
use ap_piece::serde_json::{self, Value as Json};
use ap_piece::testing::{run_trigger, Outside};

/// What the source answers now, and what it was asked.
#[derive(Default)]
struct Source {
    items: Vec<Json>,
    asked: Vec<Value>,
}

fn piece(strategy: &str, most: Option<usize>, source: Rc<RefCell<Source>>) -> Piece {
    let trigger = match strategy {
        "timebased" => Trigger::<()>::polling("poll", move |context, ()| {
            let mut source = source.borrow_mut();
            source.asked.push(context.last_poll().into());
            let item = |item: &Json| Timed { at: item["at"].as_u64().unwrap(), data: item["data"].clone() };
            Ok(source.items.iter().map(item).collect())
        }),
        _ => Trigger::<()>::polling("poll", move |context, ()| {
            let mut source = source.borrow_mut();
            source.asked.push(context.last_item());
            Ok(source.items.iter().map(|item| Item::new(item["id"].clone(), item["data"].clone())).collect())
        }),
    };
    Piece::new("Polling").trigger(trigger.max_items(move |_| most))
}

fn hook(name: &str) -> TriggerHook {
    match name {
        "on-enable" => TriggerHook::OnEnable,
        "on-disable" => TriggerHook::OnDisable,
        "run" => TriggerHook::Run,
        "test" => TriggerHook::Test,
        other => panic!("{other}"),
    }
}

#[test]
fn step_by_step() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../test/conformance/polling.json");
    let vectors: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    for vector in vectors["cases"].as_array().unwrap() {
        let name = vector["name"].as_str().unwrap();
        let outside = Outside::new();
        for (key, value) in vector["store"].as_object().into_iter().flatten() {
            outside.keep(&format!("flow/{key}"), value.clone());
        }
        let most = vector["maxItems"].as_u64().map(|most| most as usize);
        let source = Rc::new(RefCell::new(Source::default()));
        let piece = piece(vector["strategy"].as_str().unwrap(), most, source.clone());
        for step in vector["steps"].as_array().unwrap() {
            let items = step["items"].as_array().cloned().unwrap_or_default();
            *source.borrow_mut() = Source { items, asked: Vec::new() };
            outside.set_now(step["now"].as_u64().unwrap());
            let output = run_trigger(&piece, "poll", hook(step["hook"].as_str().unwrap()), json!({})).unwrap();
            let expected: Vec<Value> = step.get("asked").cloned().map(Value::from).into_iter().collect();
            assert_eq!(source.borrow().asked, expected, "{name}: {step}");
            if let Some(expected) = step.get("output") {
                assert_eq!(output, expected.clone().into(), "{name}: {step}");
            }
            let kept = outside
                .store()
                .into_iter()
                .map(|(key, text)| (key.trim_start_matches("flow/").to_owned(), serde_json::from_str(&text).unwrap()));
            assert_eq!(Json::Object(kept.collect()), step["store"], "{name}: {step}");
        }
    }
}
