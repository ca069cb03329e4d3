//! `#[derive(Props)]`
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Expr, ExprArray, Field, Fields, Ident, LitStr, Path, Result};

use crate::attributes::documentation;

/// One field: how its property is made, how its value is read.
struct Prop<'a> {
    ident: &'a Ident,
    name: String,
    changes: Vec<TokenStream>,
    default: Option<Expr>,
    field: &'a Field,
}

fn prop(field: &Field) -> Result<Prop<'_>> {
    let ident = field.ident.as_ref().ok_or_else(|| Error::new_spanned(field, "Props needs named fields"))?;
    let mut name = ident.to_string().trim_start_matches("r#").to_owned();
    let (mut changes, mut default) = (Vec::new(), None);
    if let Some(description) = documentation(&field.attrs) {
        changes.push(quote!(.description(#description)));
    }
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("prop")) {
        attribute.parse_nested_meta(|meta| {
            let word = meta.path.get_ident().map(Ident::to_string).unwrap_or_default();
            match word.as_str() {
                "search" => changes.push(quote!(.search())),
                "name" => name = meta.value()?.parse::<LitStr>()?.value(),
                "title" | "variant" => {
                    let (method, text) = (&meta.path, meta.value()?.parse::<LitStr>()?);
                    changes.push(quote!(.#method(#text)));
                }
                "kind" => {
                    let kind = meta.value()?.parse::<Ident>()?;
                    changes.push(quote!(.kind(::ap_piece::PropertyType::#kind)));
                }
                "options" | "properties" => {
                    let (method, function) = (&meta.path, meta.value()?.parse::<Path>()?);
                    changes.push(quote!(.#method(#function)));
                }
                "refreshers" => {
                    let names = meta.value()?.parse::<ExprArray>()?;
                    changes.push(quote!(.refreshers(#names)));
                }
                "default" => {
                    let value = meta.value()?.parse::<Expr>()?;
                    changes.push(quote!(.default(#value)));
                    default = Some(value);
                }
                "with" => {
                    let function = meta.value()?.parse::<Path>()?;
                    changes.push(quote!(.with(#function)));
                }
                _ => {
                    let words = "title, name, kind, default, options, properties, refreshers, search, variant or with";
                    return Err(meta.error(format!("expected {words}")));
                }
            }
            Ok(())
        })?;
    }
    Ok(Prop { ident, name, changes, default, field })
}

pub fn expand(input: DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "Props goes on a struct; Choices is for an enum"));
    };
    let Fields::Named(fields) = &data.fields else {
        return Err(Error::new_spanned(&input.ident, "Props needs named fields"));
    };
    let props = fields.named.iter().map(prop).collect::<Result<Vec<_>>>()?;
    let this = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();

    let properties = props.iter().map(|Prop { name, changes, field, .. }| {
        let kind = &field.ty;
        quote!(.with(#name, <#kind as ::ap_piece::PropValue>::property() #(#changes)*))
    });
    let reads = props.iter().map(|Prop { ident, name, default, field, .. }| {
        let kind = &field.ty;
        let given = quote!(::ap_piece::__take(&mut values, #name));
        let given = match default {
            Some(value) => quote!(match #given {
                ::ap_piece::Value::Null => ::ap_piece::Value::from(#value),
                given => given,
            }),
            None => given,
        };
        quote! {
            let #ident = <#kind as ::ap_piece::PropValue>::read(#given, &::ap_piece::Path::Key(at, #name), violations);
        }
    });
    let fields = props.iter().map(|Prop { ident, .. }| quote!(#ident: #ident?));
    Ok(quote! {
        #[automatically_derived]
        impl #generics ::ap_piece::Props for #this #arguments #bounds {
            fn properties() -> ::ap_piece::Properties {
                ::ap_piece::Properties::new() #(#properties)*
            }
            #[allow(unused_mut, unused_variables)]
            fn read(
                mut values: ::ap_piece::Map,
                at: &::ap_piece::Path<'_>,
                violations: &mut ::ap_piece::Violations,
            ) -> ::core::option::Option<Self> {
                #(#reads)*
                ::core::option::Option::Some(Self { #(#fields),* })
            }
        }
        #[automatically_derived]
        impl #generics ::ap_piece::PropValue for #this #arguments #bounds {
            fn property() -> ::ap_piece::Property {
                ::ap_piece::Property::new(::ap_piece::PropertyType::Object).required(true)
            }
            fn list() -> ::ap_piece::Property {
                ::ap_piece::Property::array(<Self as ::ap_piece::Props>::properties()).required(true)
            }
            fn read(
                value: ::ap_piece::Value,
                at: &::ap_piece::Path<'_>,
                violations: &mut ::ap_piece::Violations,
            ) -> ::core::option::Option<Self> {
                let values = <::ap_piece::Map as ::ap_piece::PropValue>::read(value, at, violations)?;
                <Self as ::ap_piece::Props>::read(values, at, violations)
            }
        }
    })
}
