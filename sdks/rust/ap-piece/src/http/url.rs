//! Addresses, as far as a client needs them: RFC 3986 for `http:` and `https:`.
use std::fmt;

use super::Error;

/// An absolute address without a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    secure: bool,
    /// Host and port; the scheme's own port left out.
    authority: String,
    /// Begins with `/`.
    path_and_query: String,
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path_and_query)
    }
}

impl Url {
    /// Refuses what cannot be asked: another scheme, a user name, a host that is no name.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let refused = |why: &str| Error::new("invalid_input", format!("\"{text}\" cannot be fetched: {why}"));
        let (scheme, rest) = text.split_once(':').ok_or_else(|| refused("it is no absolute address"))?;
        let secure = match scheme {
            _ if scheme.eq_ignore_ascii_case("https") => true,
            _ if scheme.eq_ignore_ascii_case("http") => false,
            _ => return Err(Error::new("invalid_input", format!("{scheme}: cannot be fetched; use https: or http:"))),
        };
        let rest = rest.strip_prefix("//").ok_or_else(|| refused("it is no absolute address"))?;
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.contains('@') {
            return Err(refused("an address must not hold a user name or password; use a header"));
        }
        let authority = authority.to_ascii_lowercase();
        let default = if secure { ":443" } else { ":80" };
        let authority = authority.strip_suffix(default).unwrap_or(&authority).trim_end_matches(':');
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(&byte);
        if authority.is_empty() || !authority.bytes().all(legal) {
            return Err(refused("its host is no name; write a name with other letters as xn--…"));
        }
        Ok(Url { secure, authority: authority.to_owned(), path_and_query: normal(path) })
    }

    /// What a `location` means here.
    pub(super) fn join(&self, reference: &str) -> Result<Self, Error> {
        let reference = reference.trim();
        let scheme = reference.split(['/', '?', '#']).next().is_some_and(|begin| begin.contains(':'));
        if scheme {
            return Url::parse(reference);
        }
        let protocol = if self.secure { "https:" } else { "http:" };
        if reference.starts_with("//") {
            return Url::parse(&format!("{protocol}{reference}"));
        }
        let path = self.path_and_query.split('?').next().unwrap_or("/");
        let joined = match reference.chars().next() {
            None | Some('#') => self.path_and_query.clone(),
            Some('/' | '\\') => reference.to_owned(),
            Some('?') => format!("{path}{reference}"),
            Some(_) => format!("{}/{reference}", path.rsplit_once('/').map_or("", |(folder, _)| folder)),
        };
        Ok(Url { path_and_query: normal(&joined), ..self.clone() })
    }

    /// Scheme, host, port: whose credentials go no further.
    pub(super) fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority)
    }
    #[cfg(target_arch = "wasm32")]
    pub(super) fn parts(&self) -> (bool, &str, &str) {
        (self.secure, &self.authority, &self.path_and_query)
    }
    /// With one more parameter.
    pub(super) fn push_query(&mut self, name: &str, value: &str) {
        let before = if self.path_and_query.contains('?') { '&' } else { '?' };
        self.path_and_query.push(before);
        escape(name, &mut self.path_and_query);
        self.path_and_query.push('=');
        escape(value, &mut self.path_and_query);
    }
}

/// Path and query without a fragment, `.` and `..` taken away, what may not stand there escaped.
fn normal(text: &str) -> String {
    let text = text.split('#').next().unwrap_or("");
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (text, None),
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut steps = path.split(['/', '\\']).skip(1).peekable();
    while let Some(step) = steps.next() {
        let last = steps.peek().is_none();
        match step.to_ascii_lowercase().as_str() {
            "." | "%2e" if last => kept.push(""),
            "." | "%2e" => {}
            ".." | "%2e%2e" | ".%2e" | "%2e." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(step),
        }
    }
    let mut normal = String::with_capacity(text.len() + 1);
    normal.push('/');
    for (at, step) in kept.into_iter().enumerate() {
        if at > 0 {
            normal.push('/');
        }
        legal(step, &mut normal);
    }
    if let Some(query) = query {
        normal.push('?');
        legal(query, &mut normal);
    }
    normal
}

/// Escapes what no address may hold; what is escaped already stays.
fn legal(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'\t' | b'\n' | b'\r' => {}
            0..=b' ' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^' | 0x7f.. => percent(byte, out),
            _ => out.push(byte as char),
        }
    }
}

/// A name or value of a query.
fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() || b"-._~*".contains(&byte) {
            true => out.push(byte as char),
            false => percent(byte, out),
        }
    }
}

fn percent(byte: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(DIGITS[usize::from(byte >> 4)] as char);
    out.push(DIGITS[usize::from(byte & 15)] as char);
}

/// `https://host:port` of an address that was parsed before.
pub(super) fn origin_of(url: &str) -> Option<&str> {
    let after = url.find(':')? + "://".len();
    let end = url[after..].find('/').map_or(url.len(), |at| after + at);
    Some(&url[..end])
}

/// Any address with parameters more.
pub(crate) fn with_query(url: &str, query: &[(&str, &str)]) -> String {
    let mut out = url.to_owned();
    for (name, value) in query {
        out.push(if out.contains('?') { '&' } else { '?' });
        escape(name, &mut out);
        out.push('=');
        escape(value, &mut out);
    }
    out
}

/// Pairs as the body of a form.
pub(super) fn form(pairs: &[(&str, &str)]) -> String {
    with_query("?", pairs).replacen("?&", "", 1).replacen('?', "", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_normal() {
        for (given, expected) in [
            ("https://Example.COM", "https://example.com/"),
            ("HTTPS://example.com:443/a?b#c", "https://example.com/a?b"),
            ("http://example.com:443", "http://example.com:443/"),
            ("http://127.0.0.1:80?q=ä b", "http://127.0.0.1/?q=%C3%A4%20b"),
            ("http://[::1]:8080/a/./b/../c/", "http://[::1]:8080/a/c/"),
            ("https://example.com/../../x", "https://example.com/x"),
            ("https://example.com/a%2Fb/{id}", "https://example.com/a%2Fb/%7Bid%7D"),
            (" https://example.com\\evil ", "https://example.com/evil"),
        ] {
            assert_eq!(Url::parse(given).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for given in
            ["", "example.com", "/path", "ftp://x", "https:x", "https://", "https://a b", "http://u:p@x", "http://ä.de"]
        {
            assert_eq!(Url::parse(given).unwrap_err().code(), "invalid_input", "{given}");
        }
    }

    #[test]
    fn references_are_resolved_against_an_address() {
        let base = Url::parse("https://example.com/a/b?c").unwrap();
        for (given, expected) in [
            ("d", "https://example.com/a/d"),
            ("/d?e", "https://example.com/d?e"),
            ("../d", "https://example.com/d"),
            ("?d", "https://example.com/a/b?d"),
            ("#d", "https://example.com/a/b?c"),
            ("", "https://example.com/a/b?c"),
            ("//other.com/d", "https://other.com/d"),
            ("http://other.com", "http://other.com/"),
        ] {
            assert_eq!(base.join(given).unwrap().to_string(), expected);
        }
        assert!(base.join("ftp://x").is_err());
    }

    #[test]
    fn parameters_are_escaped() {
        assert_eq!(with_query("https://a/b?c", &[("ä", "1&2"), ("x", " ")]), "https://a/b?c&%C3%A4=1%262&x=%20");
        assert_eq!(form(&[("a", "1"), ("b", "2 3")]), "a=1&b=2%203");
        assert_eq!(form(&[]), "");
    }
}
