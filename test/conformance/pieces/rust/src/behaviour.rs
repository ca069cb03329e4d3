use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ap_piece::prelude::*;

#[derive(Props)]
pub struct Pause {
    #[prop(title = "Pause", name = "waitMs", default = 0)]
    wait_ms: f64,
}

#[derive(Serialize)]
pub struct Times {
    start: u64,
    end: u64,
}

fn now_ms() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64)
}

/// Says the time before and after a pause.
#[action(auth = false)]
pub fn clock(props: Pause) -> Result<Times> {
    let start = now_ms()?;
    std::thread::sleep(Duration::from_secs_f64(props.wait_ms / 1000.0));
    Ok(Times {
        start,
        end: now_ms()?,
    })
}

#[derive(Serialize)]
pub struct Random {
    number: f64,
    token: String,
}

/// Answers with an ordinary random number and a secret token.
#[action(auth = false)]
pub fn random() -> Result<Random> {
    let token = ap_piece::random::bytes(16)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(Random {
        number: ap_piece::random::number(),
        token,
    })
}

#[derive(Choices, Clone, Copy)]
enum How {
    Refuse,
    #[choice(label = "Ask for a pause")]
    Retry,
    #[choice(label = "Ask for another try")]
    Later,
    Error,
    Bug,
}

#[derive(Props)]
pub struct Fail {
    how: How,
}

/// Ends in every way but a good one.
#[action(auth = false)]
pub fn fail(props: Fail) -> Result<()> {
    match props.how {
        How::Refuse => Err(Failure::new("no_such_thing", "There is none: ünï 😀")
            .detail(json!({ "what": "thing", "list": [1, null, "ä"] }))),
        How::Retry => Err(Failure::new("rate_limited", "The server asks for a pause.")
            .retry_after(Duration::from_secs(7))),
        How::Later => Err(Failure::new("busy", "Try again.").retry_after(Duration::ZERO)),
        How::Error => Err(std::io::Error::other("an error on purpose"))?,
        How::Bug => panic!("a bug on purpose"),
    }
}

#[derive(Props)]
pub struct Burn {
    rounds: f64,
}

/// Computes; without end, if the number of rounds is negative.
#[action(auth = false)]
pub fn burn(props: Burn) -> Result<u32> {
    let mut x = 1u32;
    let mut n = 0.0;
    while props.rounds < 0.0 || n < props.rounds {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        n += 1.0;
    }
    Ok(x)
}

#[derive(Props)]
pub struct Large {
    #[prop(title = "Characters")]
    chars: usize,
}

/// Answers with a text of so many x.
#[action(auth = false)]
pub fn large(props: Large) -> Result<String> {
    Ok("x".repeat(props.chars))
}

#[derive(Props)]
pub struct Nested {
    depth: usize,
}

/// Answers with so many lists in each other.
#[action(auth = false)]
pub fn nested(props: Nested) -> Result<Value> {
    let empty = Value::List(Vec::new());
    Ok((1..props.depth).fold(empty, |value, _| Value::List(vec![value])))
}
