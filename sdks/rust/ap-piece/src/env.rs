//! Environment variables that were granted to the piece.

/// The variable; none where it was not granted, or is not set. It is read when it is asked for.
pub fn var(name: &str) -> Option<String> {
    crate::host::env(name)
}
