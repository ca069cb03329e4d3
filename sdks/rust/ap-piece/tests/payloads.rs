//! The golden vectors of payloads, through an action that answers with what it was handed.
#![cfg(feature = "msgpack")]
use ap_piece::prelude::*;
use ap_piece::serde_json::{self, Value as Json};
use ap_piece::testing::{self, Travelled};
use ap_piece::Encoding;

fn vectors(kind: &str) -> Vec<Json> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../test/conformance/payloads.json");
    let text = std::fs::read_to_string(file).unwrap();
    let mut reader = serde_json::Deserializer::from_str(&text);
    reader.disable_recursion_limit();
    let all = Json::deserialize(&mut reader).unwrap();
    all[kind].as_array().unwrap().clone()
}

/// `{"$bytes"}` and `{"$int"}` of the vectors as values.
fn real(value: &Json) -> Value {
    match value {
        Json::Array(items) => Value::List(items.iter().map(real).collect()),
        Json::Object(fields) => match (fields.get("$bytes"), fields.get("$int")) {
            (Some(text), _) => Bytes(bytes_of(text.as_str().unwrap())).into(),
            (_, Some(text)) => match text.as_str().unwrap() {
                negative if negative.starts_with('-') => negative.parse::<i64>().unwrap().into(),
                positive => positive.parse::<u64>().unwrap().into(),
            },
            _ => Value::Record(fields.iter().map(|(name, field)| (name.clone(), real(field))).collect()),
        },
        other => other.clone().into(),
    }
}

fn bytes_of(base64: &str) -> Vec<u8> {
    let digit = |byte: u8| "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".find(byte as char);
    let digits: Vec<u32> = base64.bytes().filter_map(digit).map(|digit| digit as u32).collect();
    let part = |part: &[u32]| {
        let bits = part.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - part.len()));
        bits.to_be_bytes()[1..part.len()].to_vec()
    };
    digits.chunks(4).flat_map(part).collect()
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn text(vector: &Json, key: &str) -> Option<String> {
    vector[key].as_str().map(str::to_owned)
}

/// Without optimisation a level takes a few kilobytes of stack.
fn with_room(work: fn()) {
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn values_are_written_and_read_as_the_vectors_say() {
    with_room(values);
}

fn values() {
    for vector in vectors("values") {
        let name = text(&vector, "name").unwrap();
        let json = text(&vector, "json").unwrap();
        let value = match vector.get("value") {
            Some(value) => real(value),
            None => Travelled::read(Encoding::Json, json.as_bytes()).unwrap(),
        };
        let from_json = vector.get("fromJson").map_or_else(|| value.clone(), real);
        assert_eq!(Travelled::read(Encoding::Json, json.as_bytes()), Ok(from_json), "{name}");
        let written = Travelled::write(Encoding::Json, &value).unwrap();
        // Compared as values: numbers and escapes have more than one spelling.
        let same = Travelled::read(Encoding::Json, &written) == Travelled::read(Encoding::Json, json.as_bytes());
        assert!(same, "{name}: {}", String::from_utf8_lossy(&written));
        let packed = hex(&text(&vector, "msgpack").unwrap());
        assert_eq!(Travelled::read(Encoding::MessagePack, &packed), Ok(value.clone()), "{name}");
        // serde_json sorts the keys of the vectors; what was read keeps theirs.
        let kept = Travelled::read(Encoding::MessagePack, &packed).unwrap();
        assert_eq!(Travelled::write(Encoding::MessagePack, &kept).unwrap(), packed, "{name}");
    }
}

#[test]
fn longer_spellings_are_accepted() {
    for vector in vectors("accepted") {
        let expected = real(&vector["value"]);
        if let Some(json) = text(&vector, "json") {
            assert_eq!(Travelled::read(Encoding::Json, json.as_bytes()), Ok(expected.clone()), "{}", vector["name"]);
        }
        if let Some(packed) = text(&vector, "msgpack") {
            assert_eq!(Travelled::read(Encoding::MessagePack, &hex(&packed)), Ok(expected), "{}", vector["name"]);
        }
    }
}

#[test]
fn what_is_no_payload_is_refused() {
    with_room(refused);
}

fn refused() {
    for vector in vectors("refused") {
        // serde_json rounds these before anybody sees them; the host has refused them on the way in.
        if vector["name"].as_str().unwrap().ends_with("64 bits") {
            continue;
        }
        let refused = match (text(&vector, "json"), text(&vector, "jsonHex"), text(&vector, "msgpack")) {
            (Some(json), ..) => Travelled::read(Encoding::Json, json.as_bytes()),
            (_, Some(bytes), _) => Travelled::read(Encoding::Json, &hex(&bytes)),
            (.., Some(packed)) => Travelled::read(Encoding::MessagePack, &hex(&packed)),
            _ => panic!("{vector}"),
        };
        let code = refused.as_ref().map_err(Failure::code);
        assert_eq!(code, Err("invalid_input"), "{}", vector["name"]);
    }
}

#[test]
fn what_no_payload_holds_is_never_written() {
    let deep = (0..600).fold(Value::Null, |value, _| vec![value].into());
    for value in [Value::Float(f64::NAN), Value::Float(f64::NEG_INFINITY), deep] {
        let failure = Travelled::write(Encoding::MessagePack, &value).unwrap_err();
        assert!(failure.message().starts_with("the result cannot be written as MessagePack: "), "{failure}");
    }
}

#[derive(Serialize)]
enum Shape {
    Unit,
    Of(u8),
    Pair(u8, bool),
    Named { x: char },
}

#[test]
fn what_serde_knows_is_written_alike_in_both() {
    let shapes = (Shape::Unit, Shape::Of(1), Shape::Pair(2, true), Shape::Named { x: 'ä' }, Some(1.5f32), None::<()>);
    let packed = Travelled::write(Encoding::MessagePack, &shapes).unwrap();
    let json = Travelled::write(Encoding::Json, &shapes).unwrap();
    let read = Travelled::read(Encoding::MessagePack, &packed);
    assert_eq!(read, Travelled::read(Encoding::Json, &json));
    assert_eq!(read.unwrap().to_string(), r#"["Unit",{"Of":1},{"Pair":[2,true]},{"Named":{"x":"ä"}},1.5,null]"#);
}

#[test]
fn a_piece_says_which_it_speaks() {
    let piece = Piece::new("Sample").encoding(Encoding::MessagePack);
    assert_eq!(testing::describe(&piece).unwrap()["encoding"], "msgpack".into());
}
