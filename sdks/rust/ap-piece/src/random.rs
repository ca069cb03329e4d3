//! Random numbers that nobody can guess, new in every call.

/// So many random bytes: for tokens, keys, nonces.
pub fn bytes(count: usize) -> Vec<u8> {
    crate::host::random(count)
}

/// A number of at least 0 and below 1.
pub fn number() -> f64 {
    let bits = bytes(8).iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_differ_and_lie_where_they_should() {
        let numbers: Vec<f64> = (0..100).map(|_| super::number()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        assert!(numbers.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(super::bytes(13).len(), 13);
    }
}
