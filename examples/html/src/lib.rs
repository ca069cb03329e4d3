//! HTML of strangers: made harmless, read, taken apart. Computes alone; asks for no permission.
mod address;
mod read;
mod sanitize;
mod select;
#[cfg(test)]
mod tests;

use ap_piece::prelude::*;

ap_piece::piece! {
    Piece::new("HTML")
        .description("Makes HTML of strangers harmless, turns it into Markdown or text, and takes out what you need. Reaches nothing.")
        .author("ap-wasm")
        .category(Category::ContentAndFiles)
        .category(Category::Core);
    actions: sanitize::sanitize, read::to_markdown, read::to_text, read::article, select::select, select::links,
        select::metadata;
}
