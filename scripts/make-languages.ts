/**
 * @module make-languages: the tables of docs/languages.md between their markers: results of the conformance suite, from its
 * cases (a case passes or fails the suite, so what is not skipped passes), and figures, from the last bench that was committed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { topics } from '../test/conformance/case.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')

const TITLES: Readonly<Record<string, string>> = {
  rust: 'Rust',
  go: 'Go',
  python: 'Python',
  typescript: 'TypeScript',
  c: 'C',
}
/** In the order of the titles; a language that has none comes last, under its own name. */
const languages = (): string[] => {
  const known = Object.keys(TITLES)
  const place = (language: string): number => (known.includes(language) ? known.indexOf(language) : known.length)
  return readdirSync(join(root, 'test/conformance/pieces')).sort((a, b) => place(a) - place(b))
}

const titleOf = (language: string): string => TITLES[language] ?? language

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|---|${'--:|'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n')
}

function conformance(): string {
  const all = languages()
  const reasons: string[] = []
  const note = (language: string, reason: string): number => {
    const text = `${titleOf(language)}: ${reason}`
    if (!reasons.includes(text)) reasons.push(text)
    return reasons.indexOf(text) + 1
  }
  const rows = topics().map(({ title, cases }) => [
    title,
    ...all.map((language) => {
      const skipped = cases.flatMap(({ skip }) => skip?.[language] ?? [])
      const passed = String(cases.length - skipped.length)
      if (skipped.length === 0) return passed
      const notes = [...new Set(skipped.map((reason) => note(language, reason)))].sort().join(', ')
      return `${passed} of ${cases.length} (${notes})`
    }),
  ])
  const sums = all.map((language) =>
    String(topics().reduce((sum, { cases }) => sum + cases.filter(({ skip }) => !skip?.[language]).length, 0)),
  )
  const table = tableOf(['cases that pass', ...all.map(titleOf)], [...rows, ['together', ...sums]])
  return [table, ...(reasons.length > 0 ? ['', ...reasons.map((reason, i) => `${i + 1}. ${reason}`)] : [])].join('\n')
}

/** `| rust: sample piece, component | 250 | KB | ≤ 300 | 0.83 | ok |`, bold where it is short. */
const FIGURE = /^\| (?:\*\*)?([a-z]+): (.+?)(?:\*\*)? \| (?:\*\*)?([\d.,]+)(?:\*\*)? \| (?:\*\*)?(.*?)(?:\*\*)? \|/

function figures(): string {
  const found = new Map<string, Map<string, string>>()
  for (const line of read('docs/benchmarks.md').split('\n')) {
    const [, language, what, value, unit] = FIGURE.exec(line) ?? []
    if (language === undefined || !existsSync(join(root, 'sdks', language))) continue
    const row = `${what}, ${unit}`
    found.set(row, (found.get(row) ?? new Map<string, string>()).set(language, value!))
  }
  const all = languages().filter((language) => [...found.values()].some((row) => row.has(language)))
  if (all.length === 0) return 'The bench `languages` was not measured yet.'
  return tableOf(
    ['', ...all.map(titleOf)],
    [...found].map(([what, values]) => [what, ...all.map((language) => values.get(language) ?? '—')]),
  )
}

/** The page with its tables made anew. */
export function languagesPage(): string {
  let page = read('docs/languages.md')
  for (const [name, made] of Object.entries({ conformance: conformance(), figures: figures() })) {
    const place = new RegExp(`(<!-- ${name} -->)[\\s\\S]*?(<!-- /${name} -->)`)
    if (!place.test(page)) throw new Error(`docs/languages.md lacks the markers of ${name}`)
    page = page.replace(place, (_, begin: string, end: string) => `${begin}\n\n${made}\n\n${end}`)
  }
  return page
}
