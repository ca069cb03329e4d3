/** @module source-table: from the bundle's source map to the small table of places that travels in the component. */
import { SourceMap, type SourceMapPayload } from 'node:module'
import { decode } from '@jridgewell/sourcemap-codec'

/** As the SDK's runtime reads it (`runtime/trace.ts`). */
export interface SourceTable {
  files: string[]
  lines: string
}

/** Stands in the bundle's first line until the table is known; it keeps the lines below where they are. */
export const TABLE_PLACE = 'globalThis.__apSources=undefined;'

interface Place {
  column: number
  line: number
  file: number
}

/** Each line of the bundle is read alone, so its first entry counts from nothing. */
function encodeLine(places: readonly Place[]): string {
  let before: Place = { column: 0, line: 0, file: 0 }
  const entries = places.map((place) => {
    const fields = [place.column - before.column, place.line - before.line]
    if (place.file !== before.file) fields.push(place.file - before.file)
    before = place
    return fields.map((field) => field.toString(36)).join('.')
  })
  return entries.join(',')
}

/**
 * Only where the source line changes: columns of the source and names are left out. `isOwn` names the SDK's files, which
 * a trace hides: file 0, line 0.
 */
export function sourceTable(
  map: { mappings: string; sources: string[] },
  isOwn: (file: string) => boolean,
): SourceTable {
  const files = ['']
  const numbers = map.sources.map((source) => (isOwn(source) ? 0 : files.push(source) - 1))
  let last: Place = { column: 0, line: 0, file: 0 }
  const lines = decode(map.mappings).map((segments) => {
    // A line begins where the one before ended.
    const places: Place[] = last.file === 0 ? [] : [{ ...last, column: 0 }]
    for (const [column, source, sourceLine] of segments) {
      if (source === undefined || sourceLine === undefined) continue
      const file = numbers[source] ?? 0
      const line = file === 0 ? 0 : sourceLine + 1
      if (file === last.file && line === last.line) continue
      last = { column, line, file }
      places.push(last)
    }
    return encodeLine(places)
  })
  return { files, lines: lines.join(';') }
}

/** The bundle with the table in its first line. */
export const withTable = (bundle: string, table: SourceTable): string =>
  bundle.replace(TABLE_PLACE, () => `globalThis.__apSources=${JSON.stringify(table)};`)

/** An error of the engine with the places of the bundle, `/piece.js:12:34`, as those of the sources. */
export function readableError(text: string, map: SourceMapPayload): string {
  const found = new SourceMap(map)
  return text.replace(/\/piece\.js:(\d+):(\d+)/g, (place, line: string, column: string) => {
    const entry = found.findEntry(Number(line) - 1, Number(column) - 1)
    return 'originalSource' in entry ? `${entry.originalSource}:${entry.originalLine + 1}` : place
  })
}
