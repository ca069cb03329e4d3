export interface WordCount {
  words: number
  counts: { word: string; count: number }[]
}

export function countWords(text: string, order: 'frequency' | 'alphabet'): WordCount {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  const list = [...counts].map(([word, count]) => ({ word, count }))
  const byWord = (a: { word: string }, b: { word: string }) => (a.word < b.word ? -1 : 1)
  list.sort(order === 'alphabet' ? byWord : (a, b) => b.count - a.count || byWord(a, b))
  return { words: words.length, counts: list }
}
