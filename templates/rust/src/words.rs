use std::collections::BTreeMap;

use ap_piece::prelude::*;

#[derive(Choices, Clone, Copy, PartialEq)]
pub enum Order {
    /// Most frequent first
    Frequency,
    /// Alphabetical
    Alphabet,
}

#[derive(Serialize)]
pub struct WordCount {
    words: usize,
    counts: Vec<Count>,
}

#[derive(Serialize)]
struct Count {
    word: String,
    count: usize,
}

pub fn count_words(text: &str, order: Order) -> WordCount {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for word in &words {
        *counts.entry(word).or_default() += 1;
    }
    let mut counts: Vec<Count> = counts
        .into_iter()
        .map(|(word, count)| Count {
            word: word.to_owned(),
            count,
        })
        .collect();
    if order == Order::Frequency {
        // Stable: words of the same count stay in the order of the alphabet.
        counts.sort_by_key(|one| std::cmp::Reverse(one.count));
    }
    WordCount {
        words: words.len(),
        counts,
    }
}
