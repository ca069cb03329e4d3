use ap_piece::prelude::*;
use ap_piece::testing::run_action;

use super::piece;

fn call(action: &str, props: serde_json::Value) -> Result<Value> {
    run_action(&piece(), action, json!({ "props": props }))
}

#[test]
fn what_runs_code_is_gone() {
    for (html, expected) in [
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ("<img src=x onerror=alert(1)>", ""),
        (
            "<a href=\"java\tscript:alert(1)\">x</a>",
            r#"<a rel="noopener noreferrer nofollow">x</a>"#,
        ),
        (
            "<a href=https://a.b onclick=f()>x</a>",
            r#"<a href="https://a.b" rel="noopener noreferrer nofollow">x</a>"#,
        ),
        ("<svg><style><img src=x onerror=alert(1)></style></svg>", ""),
        (
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
            "",
        ),
        (
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "&lt;p title=\"\"&gt;",
        ),
        ("<form action=/x><input><button>go</button></form>", "go"),
        (
            "<iframe srcdoc='<script>1</script>'></iframe><p style='position:fixed'>t",
            "<p>t</p>",
        ),
        (
            "<p>unclosed <b>bold<p>next",
            "<p>unclosed <b>bold</b></p><p><b>next</b></p>",
        ),
    ] {
        let answer = call("sanitize", json!({ "html": html })).unwrap();
        let clean = answer["html"].as_str().unwrap();
        assert_eq!(clean, expected, "{html}");
        assert_eq!(
            call("sanitize", json!({ "html": clean })).unwrap()["html"],
            clean.into(),
            "twice is once"
        );
    }
}

#[test]
fn what_is_kept_can_be_chosen() {
    let html = "<h1>T</h1><p>a <b>b</b> <img src=/i.png></p>";
    let keep = |keep: &str, images: bool| {
        let props =
            json!({ "html": html, "keep": keep, "images": images, "url": "https://a.b/c/" });
        call("sanitize", props).unwrap()["html"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        keep("article", true),
        r#"<h1>T</h1><p>a <b>b</b> <img src="https://a.b/i.png"></p>"#
    );
    assert_eq!(keep("inline", true), "Ta <b>b</b> ");
    assert_eq!(keep("nothing", false), "Ta b ");
    let failure = call("sanitize", json!({ "html": "", "url": "javascript:1" })).unwrap_err();
    assert_eq!(
        failure.message(),
        "props.url \"javascript:1\" is no http: or https: address"
    );
}

#[test]
fn markdown_has_absolute_addresses_and_no_scripts() {
    let html = "<base href='/d/'><style>p{}</style><h2>Title</h2><p>Some <em>text</em>, <a href=x>a link</a> and \
        <a href=javascript:1>none</a>.</p><ul><li>one<li>two</ul><pre>code  here</pre><script>1</script>";
    let props = json!({ "html": html, "url": "https://a.b/c/" });
    let answer = call("to_markdown", props).unwrap();
    let markdown = answer["markdown"].as_str().unwrap();
    for part in [
        "## Title",
        "Some *text*",
        "[a link](https://a.b/d/x)",
        "one",
        "two",
        "code  here",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    assert!(
        !markdown.contains("javascript") && !markdown.contains("p{}"),
        "{markdown}"
    );
}

#[test]
fn text_is_cut_where_a_word_ends() {
    let html = "<title>no</title><p>one   two</p><p>three&nbsp;four</p><script>no</script>";
    let text = call("to_text", json!({ "html": html })).unwrap();
    assert_eq!(
        (&text["words"], &text["truncated"]),
        (&4.into(), &false.into())
    );
    assert!(!text["text"].as_str().unwrap().contains("no"));
    let text = call("to_text", json!({ "html": html, "maxCharacters": 6 })).unwrap();
    assert_eq!(
        (&text["text"], &text["truncated"]),
        (&"one".into(), &true.into())
    );
}

#[test]
fn elements_are_found_by_selectors() {
    let html = "<table class=p><tr><td>A<td data-n=1>1 <tr><td>B<td>2</table>";
    let found = call(
        "select",
        json!({ "html": html, "selector": "table.p td:nth-child(2)" }),
    )
    .unwrap();
    assert_eq!(found[0]["text"], "1".into());
    assert_eq!(found[0]["attributes"], json!({ "data-n": "1" }).into());
    assert_eq!(found.as_list().unwrap().len(), 2);
    let failure = call("select", json!({ "html": html, "selector": "td[" })).unwrap_err();
    assert_eq!(
        failure.message(),
        "props.selector \"td[\" is no CSS selector"
    );
}

#[test]
fn links_and_metadata_are_read() {
    let html = r#"<html lang="en"><head><title> A
        page </title><link rel=canonical href="/p"><meta property="og:image" content="i.png">
        <meta name=Description content=" About "><link rel="alternate" type="application/rss+xml" href="/feed"></head>
        <a href="/x">X <b>y</b></a><a href="/x#">again</a><a href="https://other.c" rel="nofollow ugc">o</a><a href="javascript:1">no</a>"#;
    let props = json!({ "html": html, "url": "https://a.b/c/d" });
    let links = call("links", props.clone()).unwrap();
    assert_eq!(
        links[0],
        json!({ "url": "https://a.b/x", "text": "X y", "rel": [], "external": false }).into()
    );
    assert_eq!(links[2]["external"], true.into());
    let page = call("metadata", props).unwrap();
    for (field, expected) in [
        ("title", "A page"),
        ("description", "About"),
        ("canonical", "https://a.b/p"),
        ("image", "https://a.b/c/i.png"),
        ("language", "en"),
    ] {
        assert_eq!(page[field], expected.into(), "{field}");
    }
    assert_eq!(page["feeds"], vec!["https://a.b/feed"].into());
}

/// Pages as servers sent them, kept for the piece `feeds`.
#[test]
fn real_pages_are_read() {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/../feeds/test/files");
    let mut pages = 0;
    for entry in std::fs::read_dir(files).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "html") {
            continue;
        }
        pages += 1;
        let html = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let props = json!({ "html": html, "url": "https://example.com/page" });
        for action in ["to_markdown", "to_text", "links", "metadata"] {
            assert!(
                call(action, props.clone()).is_ok(),
                "{action} of {}",
                path.display()
            );
        }
        let clean = call("sanitize", props.clone()).unwrap();
        let clean = clean["html"].as_str().unwrap();
        assert!(
            !clean.contains("<script")
                && !clean.contains(" onclick")
                && !clean.contains("javascript:")
        );
        match call("article", props) {
            Ok(article) => assert!(!article["markdown"].as_str().unwrap().contains("<script")),
            Err(failure) => assert_eq!(failure.code(), "no_article"),
        }
    }
    assert!(pages > 0);
}
