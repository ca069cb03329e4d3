//! Prints generated modules, one JSON object a line: `{seed, calls, wasm}`, with the exported functions that JavaScript
//! and Python can call, each with one letter a parameter (i: i32, I: i64, f: f32, F: f64), and the module in hex.
//!
//! `fuel-smith <first seed> <count> [exceptions]`

use std::env;
use std::io::{self, BufWriter, Write};

use arbitrary::Unstructured;
use serde_json::json;
use wasm_smith::{Config, Module};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef, ValType};

/// Instructions until a module of its own accord traps: every generated module ends.
const FUEL: u32 = 2_000;
const ENTROPY_BYTES: usize = 1_500;

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().collect();
    let (Some(first), Some(count)) = (number(&args, 1), number(&args, 2)) else {
        eprintln!("usage: fuel-smith <first seed> <count> [exceptions]");
        std::process::exit(2);
    };
    let exceptions = args.get(3).is_some_and(|word| word == "exceptions");
    let mut out = BufWriter::new(io::stdout().lock());
    for seed in first..first + count {
        if let Some(line) = generate(seed, exceptions) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn number(args: &[String], at: usize) -> Option<u64> {
    args.get(at)?.parse().ok()
}

fn generate(seed: u64, exceptions: bool) -> Option<String> {
    let bytes = entropy(seed);
    let mut module = Module::new(config(exceptions), &mut Unstructured::new(&bytes)).ok()?;
    module.ensure_termination(FUEL).ok()?;
    let wasm = module.to_bytes();
    let calls = callable(&wasm)?;
    if calls.is_empty() {
        return None;
    }
    let hex: String = wasm.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(json!({ "seed": seed, "calls": calls, "wasm": hex }).to_string())
}

/// Xorshift: the same bytes for a seed on every machine.
fn entropy(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..ENTROPY_BYTES)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

fn config(exceptions: bool) -> Config {
    let mut config = Config::default();
    config.allow_invalid_funcs = false;
    config.allow_start_export = true;
    config.available_imports = None;
    config.bulk_memory_enabled = true;
    config.canonicalize_nans = true;
    config.custom_descriptors_enabled = false;
    config.custom_page_sizes_enabled = false;
    config.disallow_traps = false;
    config.exceptions_enabled = exceptions;
    config.export_everything = true;
    config.extended_const_enabled = true;
    config.gc_enabled = false;
    config.generate_custom_sections = false;
    config.max_data_segments = 3;
    config.max_element_segments = 3;
    config.max_funcs = 6;
    config.min_funcs = 2;
    config.max_globals = 6;
    config.max_imports = 0;
    config.min_imports = 0;
    config.max_instructions = 150;
    config.max_memories = 1;
    config.min_memories = 1;
    config.max_memory32_bytes = 2 * 65_536;
    config.max_table_elements = 50;
    config.max_tables = 2;
    config.max_types = 6;
    config.memory64_enabled = false;
    config.memory_max_size_required = true;
    config.multi_value_enabled = true;
    config.reference_types_enabled = true;
    config.relaxed_simd_enabled = false;
    config.saturating_float_to_int_enabled = true;
    config.shared_everything_threads_enabled = false;
    config.sign_extension_ops_enabled = true;
    config.simd_enabled = true;
    config.table_max_size_required = true;
    config.tail_call_enabled = true;
    config.threads_enabled = false;
    config.wide_arithmetic_enabled = false;
    config
}

fn callable(wasm: &[u8]) -> Option<Vec<(String, String)>> {
    let mut types = Vec::new();
    let mut functions = Vec::new();
    let mut calls = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.ok()? {
            Payload::TypeSection(section) => {
                for group in section.into_iter_err_on_gc_types() {
                    types.push(group.ok()?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Func(index) = import.ok()?.ty {
                        functions.push(index);
                    }
                }
            }
            Payload::FunctionSection(section) => {
                for index in section {
                    functions.push(index.ok()?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.ok()?;
                    if export.kind != ExternalKind::Func {
                        continue;
                    }
                    let of_type = types.get(*functions.get(export.index as usize)? as usize)?;
                    let callable = of_type
                        .results()
                        .iter()
                        .all(|result| letter(*result).is_some());
                    let parameters: Option<String> =
                        of_type.params().iter().map(|p| letter(*p)).collect();
                    if let (true, Some(parameters)) = (callable, parameters) {
                        calls.push((export.name.to_string(), parameters));
                    }
                }
            }
            _ => {}
        }
    }
    Some(calls)
}

fn letter(value: ValType) -> Option<char> {
    match value {
        ValType::I32 => Some('i'),
        ValType::I64 => Some('I'),
        ValType::F32 => Some('f'),
        ValType::F64 => Some('F'),
        _ => None,
    }
}
