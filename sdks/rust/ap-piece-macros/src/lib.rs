//! The macros of `ap-piece`; use them through it.
mod attributes;
mod choices;
mod entry;
mod props;

use proc_macro::TokenStream;
use syn::{parse_macro_input, DeriveInput, ItemFn};

fn made(expanded: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}

/// The properties of a form, as a struct: a field each, its doc comment the description, its type the kind.
///
/// `#[prop(…)]` on a field: `title = "…"`, `name = "…"` (its own name unless said), `kind = LongText` (a [`PropertyType`]),
/// `default = …`, `options = function` or `properties = function` (computed while the form is filled), `refreshers = ["…"]`,
/// `search` (computed anew while the user types), `variant = "TIP"` (of a `Markdown`), `with = function` (any change of the
/// `Property`).
///
/// [`PropertyType`]: https://docs.rs/ap-piece
#[proc_macro_derive(Props, attributes(prop))]
pub fn derive_props(item: TokenStream) -> TokenStream {
    made(props::expand(parse_macro_input!(item as DeriveInput)))
}

/// The choices of a dropdown, as an enum without fields: values in snake_case, labels from the doc comments.
///
/// `#[choice(label = "…", value = …)]` on a variant says otherwise.
#[proc_macro_derive(Choices, attributes(choice))]
pub fn derive_choices(item: TokenStream) -> TokenStream {
    made(choices::expand(parse_macro_input!(item as DeriveInput)))
}

/// An action: `fn name(context: &Context, props: P) -> Result<R>`, either of the two left out where it is not needed. Its doc
/// comment is the description.
///
/// Arguments: `title = "…"`, `name = "…"`, `description = "…"`, `auth = false` (works without a connection), `ai = "…"`
/// (what a language model should know), `idempotent = true`, `audience = Human | Ai | Both`, `with = function` (any change of
/// the `Action`).
#[proc_macro_attribute]
pub fn action(arguments: TokenStream, item: TokenStream) -> TokenStream {
    made(entry::action(arguments.into(), parse_macro_input!(item as ItemFn)))
}

/// A trigger: `fn name(context: &Context, props: P) -> Result<Vec<…>>`, either of the two left out where it is not needed. Its
/// doc comment is the description.
///
/// It polls, and gives `Item`s from new to old or `Timed` ones, unless `webhook`, `app_webhook` or `manual` stands among the
/// arguments. The others: `title`, `name`, `description`, `auth`, `ai`, `idempotent`, `audience` as of an action, `sample = …` (an
/// item to show), `on_enable`, `on_disable`, `on_start`, `on_renew`, `on_handshake`, `test = function`, `handshake = …`,
/// `renew = "cron"`, `with = function` (any change of the `Trigger`).
#[proc_macro_attribute]
pub fn trigger(arguments: TokenStream, item: TokenStream) -> TokenStream {
    made(entry::trigger(arguments.into(), parse_macro_input!(item as ItemFn)))
}
