//! What surrounds a call: options of dropdowns, dynamic properties, checks of a connection, an app's events.
use crate::auth::{self, Validity};
use crate::property::Source;
use crate::{Event, Failure, Form, Map, Piece, Properties, Property, PropertyType, Result, Value, WebhookPayload};

fn unknown(path: &str) -> Failure {
    Failure::new("unknown_path", format!("there is nothing to resolve at \"{path}\""))
}

/// Computes what stands at `path`.
pub(crate) fn resolve(piece: &Piece, path: &str, mut input: Map) -> Result<Value> {
    let steps: Vec<&str> = path.split('/').collect();
    match steps.as_slice() {
        ["auth", what] => connection(piece, path, what, &input.take("auth")),
        ["events", what] => events(piece, path, what, input),
        [kind, name, "props", steps @ ..] => {
            let properties = match *kind {
                "actions" => piece.actions.iter().find(|one| one.about.name == *name).map(|one| one.about.properties),
                "triggers" => {
                    piece.triggers.iter().find(|one| one.about().name == *name).map(|one| one.about().properties)
                }
                _ => None,
            };
            let properties = properties.ok_or_else(|| unknown(path))?();
            let form = Form {
                values: input.take("props").as_record().cloned().unwrap_or_default(),
                auth: input.take("auth"),
                search: input.take("searchValue").as_str().map(str::to_owned),
            };
            property(path, properties, steps, &form)
        }
        _ => Err(unknown(path)),
    }
}

/// Walks `<property>`, `<dynamic>/<inner>` or `<array>/items/<inner>`.
fn property(path: &str, mut properties: Properties, steps: &[&str], form: &Form) -> Result<Value> {
    let (name, rest) = steps.split_first().ok_or_else(|| unknown(path))?;
    let found = properties.remove(name).ok_or_else(|| unknown(path))?;
    match (rest, found) {
        ([], Property { source: Some(Source::Options(options)), .. }) => Ok(options(form)?.into()),
        ([], Property { source: Some(Source::Properties(properties)), .. }) => {
            Ok(Value::record([("props", Some(properties(form)?.describe()))]))
        }
        (rest, Property { source: Some(Source::Properties(properties)), .. }) => {
            property(path, properties(form)?, rest, form)
        }
        (["items", rest @ ..], Property { kind: PropertyType::Array, items: Some(items), .. }) => {
            property(path, items, rest, form)
        }
        _ => Err(unknown(path)),
    }
}

fn connection(piece: &Piece, path: &str, what: &str, value: &Value) -> Result<Value> {
    if !matches!(what, "validate" | "identifier" | "refresh") {
        return Err(unknown(path));
    }
    let connection = auth::matching(&piece.auth, value)?;
    match what {
        "validate" => {
            let validity = connection.validate.as_ref().map_or(Ok(Validity::Valid), |check| check(value))?;
            Ok(match validity {
                Validity::Valid => Value::record([("valid", Some(true.into()))]),
                Validity::Invalid(error) => {
                    Value::record([("valid", Some(false.into())), ("error", Some(error.into()))])
                }
            })
        }
        "identifier" => Ok(connection.identifier.as_ref().ok_or_else(|| unknown(path))?(value)?.into()),
        _ => {
            let token = connection.refresh.as_ref().ok_or_else(|| unknown(path))?(value)?;
            Ok(Value::record([
                ("access_token", Some(token.access_token.into())),
                ("expires_in", token.expires_in.map(Value::from)),
            ]))
        }
    }
}

fn events(piece: &Piece, path: &str, what: &str, mut input: Map) -> Result<Value> {
    let events = piece.events.as_ref().ok_or_else(|| unknown(path))?;
    let payload = WebhookPayload::read(input.take("payload"));
    match what {
        "verify" => Ok((events.verify)(&payload, input.take("secret").as_str().unwrap_or_default())?.into()),
        "parse" => Ok(match (events.parse)(&payload)? {
            Event::Of { event, identifier } => {
                Value::record([("event", Some(event.into())), ("identifierValue", Some(identifier.into()))])
            }
            Event::Reply(response) => Value::record([("reply", Some(response.complete().into()))]),
        }),
        _ => Err(unknown(path)),
    }
}
