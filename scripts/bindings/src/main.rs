//! `bindings <wit folder> rust|c <target folder>`: writes what the generator makes of the world `piece`.
use std::path::{Path, PathBuf};
use std::{env, error::Error, fs, process};

use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_core::{Files, WorldGenerator};

fn generator(language: &str) -> Option<Box<dyn WorldGenerator>> {
    match language {
        "rust" => Some(Box::new(
            wit_bindgen_rust::Opts {
                generate_all: true,
                pub_export_macro: true,
                export_macro_name: Some("export".into()),
                default_bindings_module: Some("ap_piece::bindings".into()),
                format: true,
                ..Default::default()
            }
            .build(),
        )),
        "c" => Some(wit_bindgen_c::Opts::default().build()),
        _ => None,
    }
}

fn generate(wit: &Path, language: &str, target: &Path) -> Result<(), Box<dyn Error>> {
    let mut generator = generator(language).ok_or_else(|| format!("there is no generator for {language}"))?;
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit)?;
    let world = resolve.select_world(&[package], Some("piece"))?;
    let mut files = Files::default();
    generator.generate(&mut resolve, world, &mut files)?;
    fs::create_dir_all(target)?;
    for (name, contents) in files.iter() {
        fs::write(target.join(name), contents)?;
    }
    Ok(())
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [wit, language, target] = arguments.as_slice() else {
        eprintln!("bindings <wit folder> rust|c <target folder>");
        process::exit(2);
    };
    if let Err(error) = generate(&PathBuf::from(wit), language, &PathBuf::from(target)) {
        eprintln!("{error:?}");
        process::exit(1);
    }
}
