/** @module source-table: from the bundle's source map to the small table of lines that travels in the component. */
import { SourceMap, type SourceMapPayload } from 'node:module'

export interface SourceTable {
  files: string[]
  lines: string
}

/** Text that stands in the bundle's first line until the table is known; it keeps the lines below where they are. */
export const TABLE_PLACE = 'globalThis.__apSources = undefined;'

interface Place {
  file: number
  line: number
}

/** Each line of the bundle begins somewhere in a source; columns are left out. `isOwn` names the SDK's files, which a trace hides. */
export function sourceTable(bundle: string, map: SourceMapPayload, isOwn: (file: string) => boolean): SourceTable {
  const found = new SourceMap(map)
  const files: string[] = []
  const numbers = new Map<string, number>()
  const numberOf = (source: string): number => {
    const file = isOwn(source) ? '' : source
    const number = numbers.get(file) ?? files.push(file) - 1
    numbers.set(file, number)
    return number
  }
  numberOf('')
  let before: Place = { file: 0, line: 0 }
  const lines = bundle.split('\n').map((text, index) => {
    const entry = found.findEntry(index, text.search(/\S|$/))
    if (!('originalSource' in entry) || entry.generatedLine !== index) return ''
    const file = numberOf(entry.originalSource)
    const place: Place = { file, line: files[file] === '' ? 0 : entry.originalLine + 1 }
    if (place.file === before.file && place.line === before.line) return ''
    const byLine = (place.line - before.line).toString(36)
    const byFile = place.file === before.file ? '' : `,${(place.file - before.file).toString(36)}`
    before = place
    return byLine + byFile
  })
  return { files, lines: lines.join(';') }
}

/** The bundle with the table in its first line. */
export const withTable = (bundle: string, table: SourceTable): string =>
  bundle.replace(TABLE_PLACE, () => `globalThis.__apSources = ${JSON.stringify(table)};`)
