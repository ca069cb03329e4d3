use std::collections::BTreeMap;

use ap_piece::prelude::*;
use dom_query::{Document, Matcher, NodeRef};

use crate::address;

#[derive(Props)]
pub struct Select {
    #[prop(title = "HTML", kind = LongText)]
    html: String,
    /// CSS: `table.prices tr > td:first-child`
    selector: String,
    #[prop(title = "At most", default = 1_000)]
    limit: usize,
}

#[derive(Serialize)]
pub struct Found {
    text: String,
    html: String,
    attributes: BTreeMap<String, String>,
}

/// Finds what a CSS selector describes.
#[action(
    title = "Select",
    ai = "Finds elements of HTML by a CSS selector.",
    idempotent = true
)]
pub fn select(props: Select) -> Result<Vec<Found>> {
    let matcher = Matcher::new(&props.selector).map_err(|_| {
        Failure::new(
            "invalid_input",
            format!("props.selector \"{}\" is no CSS selector", props.selector),
        )
    })?;
    let document = Document::from(props.html.as_str());
    let found = document.select_matcher(&matcher);
    Ok(found
        .nodes()
        .iter()
        .take(props.limit)
        .map(describe)
        .collect())
}

fn describe(node: &NodeRef<'_>) -> Found {
    let attributes = node
        .attrs()
        .iter()
        .map(|one| (one.name.local.to_string(), one.value.to_string()))
        .collect();
    Found {
        text: squeezed(&node.text()),
        html: node.html().to_string(),
        attributes,
    }
}

/// White space of the source is none of the page.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Props)]
pub struct Links {
    #[prop(title = "HTML", kind = LongText)]
    html: String,
    /// Where it came from; relative addresses become absolute.
    #[prop(title = "Address")]
    url: Option<String>,
    #[prop(title = "At most", default = 1_000)]
    limit: usize,
}

#[derive(Serialize)]
pub struct Link {
    url: String,
    text: String,
    rel: Vec<String>,
    /// Whether it leaves the page's own host; null without an address.
    external: Option<bool>,
}

/// Lists the links of a page, each address once.
#[action(ai = "Lists the links of HTML.", idempotent = true)]
pub fn links(props: Links) -> Result<Vec<Link>> {
    let document = Document::from(props.html.as_str());
    let base = address::base(&document, props.url.as_deref())?;
    let page = props.url.as_deref().map(address::parse).transpose()?;
    let mut links: Vec<Link> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for node in document.select("a[href], area[href]").nodes() {
        let Some(url) = node
            .attr("href")
            .and_then(|href| address::absolute(&href, base.as_ref()))
        else {
            continue;
        };
        if !seen.insert(url.clone()) {
            continue;
        }
        let rel = node.attr("rel").unwrap_or_default();
        let host = url::Url::parse(&url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        let external = page.as_ref().map(|page| host.as_deref() != page.host_str());
        links.push(Link {
            text: squeezed(&node.text()),
            rel: rel
                .split_whitespace()
                .map(str::to_ascii_lowercase)
                .collect(),
            external,
            url,
        });
        if links.len() == props.limit {
            break;
        }
    }
    Ok(links)
}

#[derive(Serialize)]
pub struct Metadata {
    title: Option<String>,
    description: Option<String>,
    language: Option<String>,
    canonical: Option<String>,
    image: Option<String>,
    icon: Option<String>,
    /// Addresses of feeds.
    feeds: Vec<String>,
    /// `<meta>` by name or property: `og:type`, `twitter:card`, `robots` …
    meta: BTreeMap<String, String>,
}

/// Reads what a page says about itself: title, description, image, feeds, Open Graph.
#[action(
    title = "Metadata",
    ai = "Reads title, description and the like of a web page.",
    idempotent = true
)]
pub fn metadata(props: Links) -> Result<Metadata> {
    let document = Document::from(props.html.as_str());
    let base = address::base(&document, props.url.as_deref())?;
    let mut meta = BTreeMap::new();
    for node in document
        .select("meta[content]")
        .nodes()
        .iter()
        .take(props.limit)
    {
        let name = node.attr("property").or_else(|| node.attr("name"));
        if let (Some(name), Some(content)) = (name, node.attr("content")) {
            meta.entry(name.to_lowercase())
                .or_insert_with(|| content.trim().to_owned());
        }
    }
    let said = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| meta.get(*name).filter(|text| !text.is_empty()).cloned())
    };
    let href = |selector: &str| {
        let found = document.select(selector);
        let mut addresses = found.nodes().iter().filter_map(|node| node.attr("href"));
        addresses.find_map(|href| address::absolute(&href, base.as_ref()))
    };
    let title = squeezed(&document.select("head > title").text());
    let feeds = document.select(
        "link[rel~=alternate][type='application/rss+xml'], link[rel~=alternate][type='application/atom+xml'], \
         link[rel~=alternate][type='application/feed+json']",
    );
    Ok(Metadata {
        title: said(&["og:title", "twitter:title"]).or((!title.is_empty()).then_some(title)),
        description: said(&["og:description", "twitter:description", "description"]),
        language: document
            .select("html")
            .attr("lang")
            .map(|lang| lang.to_string()),
        canonical: href("link[rel~=canonical]"),
        image: said(&["og:image", "twitter:image"])
            .and_then(|image| address::absolute(&image, base.as_ref())),
        icon: href("link[rel~=icon], link[rel~=apple-touch-icon]"),
        feeds: feeds
            .nodes()
            .iter()
            .filter_map(|node| {
                node.attr("href")
                    .and_then(|href| address::absolute(&href, base.as_ref()))
            })
            .collect(),
        meta,
    })
}
