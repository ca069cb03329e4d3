//! `#[action]` and `#[trigger]`: the function stays as it is; beside it stands an empty struct of its name, whose `define()`
//! gives the builder. Types and functions have names of their own, so the two do not meet.
use proc_macro2::TokenStream;
use quote::{quote, ToTokens};
use syn::parse::Parser;
use syn::{Error, Expr, FnArg, Ident, ItemFn, LitStr, PatType, Result, Type};

use crate::attributes::documentation;

/// A function as the builder wants it: `|context, props| …`.
struct Adapted {
    props: TokenStream,
    call: TokenStream,
}

fn adapted(function: &ItemFn) -> Result<Adapted> {
    let (signature, ident) = (&function.sig, &function.sig.ident);
    if let Some(keyword) = &signature.asyncness {
        let message =
            "not async: a call blocks, and the host runs others meanwhile; http::all sends several requests at once";
        return Err(Error::new_spanned(keyword, message));
    }
    let types = signature.inputs.iter().map(|input| match input {
        FnArg::Typed(PatType { ty, .. }) => Ok(&**ty),
        FnArg::Receiver(receiver) => Err(Error::new_spanned(receiver, "a plain function, not a method")),
    });
    let types = types.collect::<Result<Vec<&Type>>>()?;
    match types.as_slice() {
        [] => Ok(Adapted { props: quote!(()), call: quote!(|_, ()| #ident()) }),
        [Type::Reference(_)] => Ok(Adapted { props: quote!(()), call: quote!(|context, ()| #ident(context)) }),
        [props] => Ok(Adapted { props: props.to_token_stream(), call: quote!(|_, props| #ident(props)) }),
        [Type::Reference(_), props] => {
            Ok(Adapted { props: props.to_token_stream(), call: quote!(|context, props| #ident(context, props)) })
        }
        _ => Err(Error::new_spanned(
            &signature.inputs,
            "expected (context: &Context, props: P), (props: P), (context: &Context) or ()",
        )),
    }
}

/// The words that actions and triggers share; false: it is none of them.
fn shared(meta: &syn::meta::ParseNestedMeta<'_>, name: &mut String, changes: &mut Vec<TokenStream>) -> Result<bool> {
    let method = &meta.path;
    match method.get_ident().map(Ident::to_string).unwrap_or_default().as_str() {
        "name" => *name = meta.value()?.parse::<LitStr>()?.value(),
        "auth" => {
            let required = meta.value()?.parse::<Expr>()?;
            changes.push(quote!(.require_auth(#required)));
        }
        "audience" => {
            let audience = meta.value()?.parse::<Ident>()?;
            changes.push(quote!(.audience(::ap_piece::Audience::#audience)));
        }
        "title" | "description" | "ai" | "idempotent" => {
            let value = meta.value()?.parse::<Expr>()?;
            changes.push(quote!(.#method(#value)));
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn definition(function: &ItemFn, kind: &TokenStream, made: &TokenStream) -> TokenStream {
    let (visibility, ident) = (&function.vis, &function.sig.ident);
    quote! {
        #function
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        #visibility struct #ident {}
        impl #ident {
            #[doc(hidden)]
            #visibility fn define() -> #kind {
                #made
            }
        }
    }
}

/// In front of what the arguments say, so that they win.
fn described(function: &ItemFn) -> Vec<TokenStream> {
    documentation(&function.attrs).map(|text| quote!(.description(#text))).into_iter().collect()
}

pub fn action(arguments: TokenStream, function: ItemFn) -> Result<TokenStream> {
    let mut name = function.sig.ident.to_string();
    let (mut changes, mut with) = (described(&function), None);
    syn::meta::parser(|meta| {
        if shared(&meta, &mut name, &mut changes)? {
            return Ok(());
        }
        if meta.path.is_ident("with") {
            with = Some(meta.value()?.parse::<Expr>()?);
            return Ok(());
        }
        Err(meta.error("expected title, name, description, auth, ai, idempotent, audience or with"))
    })
    .parse2(arguments)?;
    let Adapted { props, call } = adapted(&function)?;
    let made = quote!(::ap_piece::Action::new::<#props, _>(#name, #call) #(#changes)*);
    let made = with.map_or(made.clone(), |with| quote!((#with)(#made)));
    Ok(definition(&function, &quote!(::ap_piece::Action), &made))
}

pub fn trigger(arguments: TokenStream, function: ItemFn) -> Result<TokenStream> {
    let mut name = function.sig.ident.to_string();
    let (mut changes, mut with, mut strategy) = (described(&function), None, None);
    syn::meta::parser(|meta| {
        if shared(&meta, &mut name, &mut changes)? {
            return Ok(());
        }
        let method = &meta.path;
        match method.get_ident().map(Ident::to_string).unwrap_or_default().as_str() {
            "polling" => strategy = None,
            "webhook" => strategy = Some(quote!(Webhook)),
            "app_webhook" => strategy = Some(quote!(AppWebhook)),
            "manual" => strategy = Some(quote!(Manual)),
            "sample" | "on_enable" | "on_disable" | "on_start" | "on_renew" | "on_handshake" | "test" | "handshake"
            | "renew" | "max_items" => {
                let value = meta.value()?.parse::<Expr>()?;
                changes.push(quote!(.#method(#value)));
            }
            "with" => with = Some(meta.value()?.parse::<Expr>()?),
            _ => {
                let words = "polling, webhook, app_webhook, manual, title, name, description, auth, ai, idempotent, audience, sample, \
                    on_enable, on_disable, on_start, on_renew, on_handshake, test, handshake, renew, max_items or with";
                return Err(meta.error(format!("expected {words}")));
            }
        }
        Ok(())
    })
    .parse2(arguments)?;
    let Adapted { props, call } = adapted(&function)?;
    let made = match strategy {
        None => quote!(::ap_piece::Trigger::<#props>::polling(#name, #call) #(#changes)*),
        Some(strategy) => {
            quote!(::ap_piece::Trigger::<#props>::new(#name, ::ap_piece::Strategy::#strategy, #call) #(#changes)*)
        }
    };
    let made = with.map_or(made.clone(), |with| quote!((#with)(#made)));
    Ok(definition(&function, &quote!(::ap_piece::Trigger<#props>), &made))
}
