/**
 * @module function-source: QuickJS keeps the text of each function for `toString`, and a function in another has its text
 * twice. What stands in the snapshot of the SDK's functions, 150 KB, is taken out: they print as built-in ones do. The
 * functions of authors and their packages keep theirs.
 */
import { decode } from '@jridgewell/sourcemap-codec'

/** The script of a bundle, apart by whose it is; where one was cut out of the other stands a zero. */
export interface Owned {
  own: string
  others: string
}

/** `isOwn` names the files that are not the author's; what the bundler adds is not either. */
export function ownedText(
  script: string,
  map: { mappings: string; sources: string[] },
  isOwn: (file: string) => boolean,
): Owned {
  const owners = map.sources.map(isOwn)
  const parts = { own: '', others: '' }
  let owner: keyof Owned = 'own'
  const lines = script.split('\n')
  const mappings = decode(map.mappings)
  lines.forEach((line, index) => {
    let from = 0
    for (const [column, source] of mappings[index] ?? []) {
      const next: keyof Owned = source === undefined ? owner : owners[source] ? 'own' : 'others'
      if (next === owner) continue
      parts[owner] += `${line.slice(from, column)}\0`
      owner = next
      from = column
    }
    parts[owner] += `${line.slice(from)}\n`
  })
  return parts
}

/** In a function's record stand the length of its text, two words about lines, and where the text is. */
const LENGTH_BEFORE_BYTES = 12
/** Texts begin at a block's user part. */
const ALIGNMENT = 8
/** `()=>{}` is the shortest. */
const MIN_BYTES = 6

/** Takes the text from each function that is ours; answers how many bytes they were. A word is a record's only if all agrees. */
export function dropSources(image: Uint8Array, heapBase: number, { own, others }: Owned): number {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength)
  const [ours, theirs] = [Buffer.from(own), Buffer.from(others)]
  let dropped = 0
  for (let at = heapBase + LENGTH_BEFORE_BYTES; at + 4 <= image.length; at += 4) {
    const from = view.getUint32(at, true)
    const length = view.getUint32(at - LENGTH_BEFORE_BYTES, true)
    const to = from + length
    if (from < heapBase || from % ALIGNMENT !== 0 || length < MIN_BYTES || length > ours.length) continue
    if (to >= image.length || image[to] !== 0) continue
    const text = image.subarray(from, to)
    if (!ours.includes(text) || theirs.includes(text)) continue
    text.fill(0)
    view.setUint32(at, 0, true)
    view.setUint32(at - LENGTH_BEFORE_BYTES, 0, true)
    dropped += length
  }
  return dropped
}
