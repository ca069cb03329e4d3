/** @module search/words: from texts to the words by which they are found. */

const WORD_CHARS = 40
const WORDS = 200

/** Lower case, without accents; letters and digits of any script. */
export const wordsOf = (text: string): string[] =>
  (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
    .slice(0, WORDS)
    .map((word) => word.slice(0, WORD_CHARS))

/** A sorted list of words, and those that begin with some letters. */
export class WordList {
  #words: string[] = []

  /** For many at once. */
  fill(words: Iterable<string>): void {
    this.#words = [...new Set(words)].sort()
  }

  add(word: string): void {
    const at = this.#at(word)
    if (this.#words[at] !== word) this.#words.splice(at, 0, word)
  }

  *beginningWith(prefix: string): Generator<string> {
    for (let at = this.#at(prefix); this.#words[at]?.startsWith(prefix); at++) yield this.#words[at]!
  }

  /** Where it stands, or would. */
  #at(word: string): number {
    let [low, high] = [0, this.#words.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#words[middle]! < word) low = middle + 1
      else high = middle
    }
    return low
  }
}
