/**
 * @module outside/wast: the script format of the WebAssembly test suites, read into nested lists. Modules and components
 * stay text, for a parser that knows them; only what scripts add around them is understood here.
 */

export interface List {
  readonly kind: 'list'
  readonly items: readonly Node[]
  /** Where it stands in the text. */
  readonly from: number
  readonly to: number
}
export interface Text {
  readonly kind: 'text'
  /** Bytes: strings hold whatever a module is made of. */
  readonly bytes: Uint8Array
}
export interface Word {
  readonly kind: 'word'
  readonly word: string
}
export type Node = List | Text | Word

const SIMPLE: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, '"': 34, "'": 39, '\\': 92 }
const isSpace = (c: string): boolean => c === ' ' || c === '\n' || c === '\t' || c === '\r'

/** Every list at the top of a script. Throws for a text that is none: a script of a suite is never malformed itself. */
export function readScript(text: string): List[] {
  let at = 0

  function skip(): void {
    for (;;) {
      if (at < text.length && isSpace(text[at]!)) at++
      else if (text.startsWith(';;', at)) {
        while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at++
      } else if (text.startsWith('(;', at)) skipBlock()
      else return
    }
  }

  function skipBlock(): void {
    let depth = 0
    do {
      if (text.startsWith('(;', at)) {
        depth++
        at += 2
      } else if (text.startsWith(';)', at)) {
        depth--
        at += 2
      } else at++
    } while (depth > 0 && at < text.length)
  }

  function string(): Text {
    const bytes: number[] = []
    at++
    while (text[at] !== '"') {
      if (at >= text.length) throw new Error('a text without an end')
      if (text[at] !== '\\') {
        const point = text.codePointAt(at)!
        const character = String.fromCodePoint(point)
        bytes.push(...Buffer.from(character))
        at += character.length
        continue
      }
      const escaped = text[at + 1]!
      const simple = SIMPLE[escaped]
      if (simple !== undefined) {
        bytes.push(simple)
        at += 2
      } else if (escaped === 'u') {
        const end = text.indexOf('}', at)
        bytes.push(...Buffer.from(String.fromCodePoint(Number.parseInt(text.slice(at + 3, end), 16))))
        at = end + 1
      } else {
        bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16))
        at += 3
      }
    }
    at++
    return { kind: 'text', bytes: Uint8Array.from(bytes) }
  }

  function node(): Node {
    if (text[at] === '"') return string()
    if (text[at] === '(') return list()
    const from = at
    while (at < text.length && !isSpace(text[at]!) && !'()"'.includes(text[at]!) && !text.startsWith(';;', at)) at++
    if (at === from) throw new Error(`unexpected ${JSON.stringify(text[at])} at ${at}`)
    return { kind: 'word', word: text.slice(from, at) }
  }

  function list(): List {
    const from = at
    const items: Node[] = []
    at++
    for (skip(); text[at] !== ')'; skip()) {
      if (at >= text.length) throw new Error(`a list at ${from} without an end`)
      items.push(node())
    }
    at++
    return { kind: 'list', items, from, to: at }
  }

  const lists: List[] = []
  for (skip(); at < text.length; skip()) lists.push(list())
  return lists
}

export const headOf = (node: Node | undefined): string | undefined => {
  const first = node?.kind === 'list' ? node.items[0] : undefined
  return first?.kind === 'word' ? first.word : undefined
}
export const isName = (node: Node | undefined): node is Word => node?.kind === 'word' && node.word.startsWith('$')
export const textOf = (node: Node | undefined): string => {
  if (node?.kind !== 'text') throw new Error('a text is expected')
  return new TextDecoder().decode(node.bytes)
}

/** What a `(module …)` or `(component …)` of a script is made of. */
export interface Source {
  readonly name: string | undefined
  /** `definition`: it is not instantiated. `instance`: of a definition, whose name is `text`. */
  readonly use: 'module' | 'definition' | 'instance'
  /** In text format, or its bytes. */
  readonly text: string | undefined
  readonly bytes: Uint8Array | undefined
}

export function sourceOf(list: List, script: string): Source {
  const keyword = headOf(list)!
  let rest = list.items.slice(1)
  let use: Source['use'] = 'module'
  const first = rest[0]
  if (first?.kind === 'word' && (first.word === 'definition' || first.word === 'instance')) {
    use = first.word
    rest = rest.slice(1)
  }
  const name = isName(rest[0]) ? rest[0].word : undefined
  if (name !== undefined) rest = rest.slice(1)
  const [form] = rest
  if (use === 'instance') return { name, use, text: isName(form) ? form.word : undefined, bytes: undefined }
  const parts = rest.slice(1).map((part) => (part.kind === 'text' ? part.bytes : new Uint8Array()))
  if (form?.kind === 'word' && form.word === 'binary')
    return { name, use, text: undefined, bytes: Buffer.concat(parts) }
  if (form?.kind === 'word' && form.word === 'quote') {
    const quoted = Buffer.concat(parts.flatMap((part) => [part, Buffer.from(' ')])).toString('utf8')
    const isWhole = /^\s*\((module|component)\b/.test(quoted)
    return { name, use, text: isWhole ? quoted : `(${keyword} ${quoted})`, bytes: undefined }
  }
  const whole = script.slice(list.from, list.to)
  return { name, use, text: use === 'definition' ? whole.replace(/\bdefinition\b/, '') : whole, bytes: undefined }
}
