//! `#[derive(Choices)]`
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Expr, Fields, LitStr, Result};

use crate::attributes::{documentation, snake, words};

pub fn expand(input: DeriveInput) -> Result<TokenStream> {
    let Data::Enum(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "Choices goes on an enum"));
    };
    let this = &input.ident;
    let (mut choices, mut reads, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(variant, "a choice carries nothing"));
        }
        let ident = &variant.ident;
        let name = snake(&ident.to_string());
        let mut label = documentation(&variant.attrs).unwrap_or_else(|| words(&name));
        let mut value = quote!(#name);
        for attribute in variant.attrs.iter().filter(|attribute| attribute.path().is_ident("choice")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("label") {
                    label = meta.value()?.parse::<LitStr>()?.value();
                } else if meta.path.is_ident("value") {
                    let given = meta.value()?.parse::<Expr>()?;
                    value = quote!(#given);
                } else {
                    return Err(meta.error("expected label or value"));
                }
                Ok(())
            })?;
        }
        choices.push(quote!(::ap_piece::Choice::new(#label, #value)));
        reads.push(
            quote!(if *value == ::ap_piece::Value::from(#value) { return ::core::option::Option::Some(Self::#ident); }),
        );
        values.push(quote!(Self::#ident => ::ap_piece::Value::from(#value)));
    }
    Ok(quote! {
        #[automatically_derived]
        impl ::ap_piece::Choices for #this {
            fn all() -> ::std::vec::Vec<::ap_piece::Choice> {
                ::std::vec![#(#choices),*]
            }
            fn from_value(value: &::ap_piece::Value) -> ::core::option::Option<Self> {
                #(#reads)*
                ::core::option::Option::None
            }
            fn to_value(&self) -> ::ap_piece::Value {
                match self { #(#values),* }
            }
        }
        #[automatically_derived]
        impl ::ap_piece::PropValue for #this {
            fn property() -> ::ap_piece::Property {
                ::ap_piece::Property::choice(<Self as ::ap_piece::Choices>::all()).required(true)
            }
            fn list() -> ::ap_piece::Property {
                ::ap_piece::Property::choices(<Self as ::ap_piece::Choices>::all()).required(true)
            }
            fn read(
                value: ::ap_piece::Value,
                at: &::ap_piece::Path<'_>,
                violations: &mut ::ap_piece::Violations,
            ) -> ::core::option::Option<Self> {
                ::ap_piece::read_choice(value, at, violations)
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<#this> for ::ap_piece::Value {
            fn from(choice: #this) -> ::ap_piece::Value {
                ::ap_piece::Choices::to_value(&choice)
            }
        }
        #[automatically_derived]
        impl ::ap_piece::serde::Serialize for #this {
            fn serialize<S: ::ap_piece::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                ::ap_piece::serde::Serialize::serialize(&::ap_piece::Choices::to_value(self), serializer)
            }
        }
    })
}
