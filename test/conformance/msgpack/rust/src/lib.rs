use ap_piece::prelude::*;
use ap_piece::Encoding;

#[derive(Props)]
struct Echo {
    value: Option<Value>,
}

/// Answers with the value that it was given.
#[action]
fn echo(props: Echo) -> Result<Option<Value>> {
    Ok(props.value)
}

ap_piece::piece! {
    Piece::new("Conformance in MessagePack").encoding(Encoding::MessagePack);
    actions: echo;
}
