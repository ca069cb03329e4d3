//! Addresses of a page, made absolute.
use ap_piece::prelude::*;
use url::Url;

/// The address that relative ones stand below: the page's own `<base>`, itself below the one that was given.
pub fn base(document: &dom_query::Document, given: Option<&str>) -> Result<Option<Url>> {
    let page = given.map(parse).transpose()?;
    let own = document.select("base[href]").attr("href");
    Ok(match own {
        Some(own) => absolute(&own, page.as_ref())
            .and_then(|address| Url::parse(&address).ok())
            .or(page),
        None => page,
    })
}

/// Refuses what is no web address.
pub fn parse(given: &str) -> Result<Url> {
    let wrong = || {
        Failure::new(
            "invalid_input",
            format!("props.url \"{given}\" is no http: or https: address"),
        )
    };
    let url = Url::parse(given).map_err(|_| wrong())?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(wrong()),
    }
}

/// What a reference means; none for scripts, data and what no one can follow.
pub fn absolute(reference: &str, base: Option<&Url>) -> Option<String> {
    let reference = reference.trim();
    let url = match base {
        Some(base) => base.join(reference).ok()?,
        None => match Url::parse(reference) {
            Ok(url) => url,
            Err(_) if reference.is_empty() || reference.starts_with('#') => return None,
            // Without a base it stays as it was.
            Err(_) => return Some(reference.to_owned()),
        },
    };
    matches!(url.scheme(), "http" | "https" | "mailto" | "tel").then(|| url.to_string())
}
