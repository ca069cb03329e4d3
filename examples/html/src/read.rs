use ap_piece::prelude::*;
use dom_query::{Document, NodeRef};
use dom_smoothie::{Config, Readability, ReadabilityError, TextMode};

use crate::address;

/// What is never text of a page.
const UNREAD: [&str; 7] = [
    "head", "script", "style", "template", "noscript", "svg", "iframe",
];

#[derive(Props)]
pub struct Page {
    #[prop(title = "HTML", kind = LongText)]
    html: String,
    /// Where it came from; relative addresses become absolute.
    #[prop(title = "Address")]
    url: Option<String>,
    /// What is longer is cut off at a paragraph.
    #[prop(title = "Most characters", name = "maxCharacters", default = 100_000)]
    max_characters: usize,
}

#[derive(Serialize)]
pub struct Markdown {
    markdown: String,
    truncated: bool,
}

/// Turns HTML into Markdown: headings, lists, tables, code, links, images.
#[action(
    title = "To Markdown",
    ai = "Converts HTML to Markdown.",
    idempotent = true
)]
pub fn to_markdown(props: Page) -> Result<Markdown> {
    let document = Document::from(props.html.as_str());
    with_absolute_addresses(&document, props.url.as_deref())?;
    let (markdown, truncated) = cut(&document.md(Some(&UNREAD)), props.max_characters);
    Ok(Markdown {
        markdown,
        truncated,
    })
}

#[derive(Serialize)]
pub struct Text {
    text: String,
    words: usize,
    truncated: bool,
}

/// Turns HTML into plain text, paragraphs apart.
#[action(
    title = "To text",
    ai = "Converts HTML to plain text.",
    idempotent = true
)]
pub fn to_text(props: Page) -> Result<Text> {
    let document = Document::from(props.html.as_str());
    document.select(&UNREAD.join(",")).remove();
    let (text, truncated) = cut(&document.formatted_text(), props.max_characters);
    Ok(Text {
        words: text.split_whitespace().count(),
        text,
        truncated,
    })
}

#[derive(Serialize)]
pub struct Article {
    title: String,
    byline: Option<String>,
    excerpt: Option<String>,
    #[serde(rename = "siteName")]
    site_name: Option<String>,
    language: Option<String>,
    published: Option<String>,
    image: Option<String>,
    markdown: String,
    #[serde(rename = "readingMinutes")]
    reading_minutes: usize,
    truncated: bool,
}

/// What a person reads in a minute.
const WORDS_A_MINUTE: usize = 230;

/// Takes the article out of a page, without what surrounds it, as Markdown.
#[action(
    title = "Read an article",
    ai = "Extracts the main text of a web page.",
    idempotent = true
)]
pub fn article(props: Page) -> Result<Article> {
    if let Some(url) = &props.url {
        address::parse(url)?;
    }
    let config = Config {
        text_mode: TextMode::Markdown,
        max_elements_to_parse: 100_000,
        ..Config::default()
    };
    let refused = |error: ReadabilityError| {
        Failure::new(
            "no_article",
            format!("no article was found in the page: {error}"),
        )
    };
    let mut page = Readability::new(props.html.as_str(), props.url.as_deref(), Some(config))
        .map_err(refused)?;
    let found = page.parse().map_err(refused)?;
    let (markdown, truncated) = cut(&found.text_content, props.max_characters);
    Ok(Article {
        title: found.title,
        byline: found.byline,
        excerpt: found.excerpt,
        site_name: found.site_name,
        language: found.lang,
        published: found.published_time,
        image: found.image,
        reading_minutes: markdown.split_whitespace().count().div_ceil(WORDS_A_MINUTE),
        markdown,
        truncated,
    })
}

/// In place. What nobody can follow loses its address.
fn with_absolute_addresses(document: &Document, url: Option<&str>) -> Result<()> {
    let base = address::base(document, url)?;
    for (selector, attribute) in [("a[href]", "href"), ("img[src]", "src")] {
        for node in document.select(selector).nodes() {
            set(node, attribute, base.as_ref());
        }
    }
    Ok(())
}

fn set(node: &NodeRef<'_>, attribute: &str, base: Option<&url::Url>) {
    match node
        .attr(attribute)
        .and_then(|reference| address::absolute(&reference, base))
    {
        Some(address) => node.set_attr(attribute, &address),
        None => node.remove_attr(attribute),
    }
}

/// At most so many characters, cut where a paragraph or at least a word ends.
fn cut(text: &str, most: usize) -> (String, bool) {
    let text = text.trim();
    let Some((end, _)) = text.char_indices().nth(most) else {
        return (text.to_owned(), false);
    };
    let begin = &text[..end];
    let whole = begin
        .rfind("\n\n")
        .or_else(|| begin.rfind(char::is_whitespace))
        .unwrap_or(end);
    (begin[..whole].trim_end().to_owned(), true)
}
