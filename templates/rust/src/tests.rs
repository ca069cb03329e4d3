use ap_piece::prelude::*;
use ap_piece::testing::{resolve, run_action, run_trigger, Outside};

use super::piece;

fn auth() -> serde_json::Value {
    json!({ "type": "SECRET_TEXT", "secret_text": "test" })
}

/// Answers every request of the piece, and remembers it.
fn serve(status: u16, body: serde_json::Value) -> Outside {
    let outside = Outside::new();
    outside.answer(move |_| Ok(http::Response::new(status, body.to_string())));
    outside
}

#[test]
fn get_post_reads_a_post_with_the_token() {
    let post = json!({ "userId": 1, "id": 7, "title": "Seven", "body": "A text" });
    let outside = serve(200, post.clone());
    let input = json!({ "props": { "id": 7 }, "auth": auth() });
    assert_eq!(run_action(&piece(), "get_post", input), Ok(post.into()));
    let requests = outside.requests();
    assert_eq!(
        requests[0].url.to_string(),
        "https://jsonplaceholder.typicode.com/posts/7"
    );
    assert_eq!(requests[0].header("authorization"), Some("Bearer test"));
}

#[test]
fn get_post_fails_when_there_is_no_such_post() {
    serve(404, json!({}));
    let input = json!({ "props": { "id": 0 }, "auth": auth() });
    assert_eq!(
        run_action(&piece(), "get_post", input).unwrap_err().code(),
        "not_found"
    );
}

#[test]
fn get_post_needs_a_number() {
    let input = json!({ "props": { "id": "seven" }, "auth": auth() });
    let failure = run_action(&piece(), "get_post", input).unwrap_err();
    assert_eq!(
        (failure.code(), failure.message()),
        ("invalid_input", "props.id must be a number")
    );
}

#[test]
fn count_words_counts() {
    let input = json!({ "props": { "text": "to be, or not to be" } });
    let counts = json!([
        { "word": "be", "count": 2 },
        { "word": "to", "count": 2 },
        { "word": "not", "count": 1 },
        { "word": "or", "count": 1 },
    ]);
    assert_eq!(
        run_action(&piece(), "count_words", input),
        Ok(json!({ "words": 6, "counts": counts }).into())
    );
}

#[test]
fn new_post_gives_what_came_after_it_was_enabled() {
    let outside = serve(200, json!([{ "id": 2 }, { "id": 1 }]));
    run_trigger(
        &piece(),
        "new_post",
        TriggerHook::OnEnable,
        json!({ "auth": auth() }),
    )
    .unwrap();
    assert_eq!(outside.store()["flow/lastItem"], "2");
    outside.answer(|_| {
        Ok(http::Response::new(
            200,
            r#"[{ "id": 3 }, { "id": 2 }, { "id": 1 }]"#,
        ))
    });
    let fresh = run_trigger(
        &piece(),
        "new_post",
        TriggerHook::Run,
        json!({ "auth": auth() }),
    );
    assert_eq!(fresh, Ok(json!([{ "id": 3 }]).into()));
}

#[test]
fn author_offers_the_users() {
    serve(200, json!([{ "id": 1, "name": "Ann" }]));
    let options = resolve(
        &piece(),
        "triggers/new_post/props/author",
        json!({ "auth": auth() }),
    );
    assert_eq!(
        options,
        Ok(json!({ "options": [{ "label": "Ann", "value": 1 }] }).into())
    );
}
