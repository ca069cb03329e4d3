use std::collections::HashSet;

use ammonia::{Builder, UrlRelative};
use ap_piece::prelude::*;

use crate::address;

#[derive(Choices, Clone, Copy, PartialEq)]
enum Keep {
    /// Articles: headings, lists, tables, links
    Article,
    /// A line: emphasis, code, links
    Inline,
    /// Text alone
    Nothing,
}

#[derive(Props)]
pub struct Sanitize {
    /// Of a stranger: a mail, a comment, a page.
    #[prop(title = "HTML", kind = LongText)]
    html: String,
    #[prop(default = Keep::Article)]
    keep: Keep,
    /// Images tell their server who looks at them.
    #[prop(title = "Keep images", default = false)]
    images: bool,
    /// Where it came from; relative addresses become absolute.
    #[prop(title = "Address")]
    url: Option<String>,
}

#[derive(Serialize)]
pub struct Sanitized {
    html: String,
    /// Whether anything was taken away or written otherwise.
    changed: bool,
}

const INLINE: [&str; 14] = [
    "a", "abbr", "b", "br", "code", "del", "em", "i", "kbd", "mark", "s", "strong", "sub", "sup",
];

/// Makes HTML harmless: no scripts, no styles, no forms, no frames, no addresses that run code. Links get rel="noopener
/// noreferrer nofollow".
#[action(
    title = "Sanitize",
    ai = "Removes everything dangerous from HTML.",
    idempotent = true
)]
pub fn sanitize(props: Sanitize) -> Result<Sanitized> {
    let mut builder = Builder::default();
    builder.link_rel(Some("noopener noreferrer nofollow"));
    match props.keep {
        Keep::Article => {}
        Keep::Inline => {
            builder.tags(HashSet::from(INLINE));
        }
        Keep::Nothing => {
            builder.tags(HashSet::new());
        }
    }
    if !props.images || props.keep != Keep::Article {
        builder.rm_tags(["img"]);
    }
    if let Some(url) = &props.url {
        builder.url_relative(UrlRelative::RewriteWithBase(address::parse(url)?));
    }
    let html = builder.clean(&props.html).to_string();
    Ok(Sanitized {
        changed: html != props.html,
        html,
    })
}
