mod behaviour;
mod connections;
mod outside;
mod properties;
mod triggers;

use ap_piece::prelude::*;
use behaviour::{burn, clock, fail, large, nested, random};
use connections::connection;
use outside::{environment, http, http_all, log, read_file, state, steer, write_file};
use properties::{all, defaults, echo};
use triggers::{app, manual, poll_last, poll_time, webhook};

ap_piece::piece! {
    connections::declared(Piece::new("Conformance"))
        .description("The same piece in every language.")
        .logo_url("https://example.com/logo.png")
        .author("ap-wasm")
        .category(Category::DeveloperTools)
        .category(Category::Core)
        .events(triggers::parse, triggers::verify);
    actions: echo, all, defaults, connection, http, http_all, state, write_file, read_file, steer, log, environment, clock,
        random, fail, burn, large, nested;
    triggers: poll_time, poll_last, webhook, app, manual;
}
