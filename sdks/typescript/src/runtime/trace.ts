/** @module trace: an error's stack in the author's own files, by the table of lines that the build appends to the bundle. */

export interface Frame {
  name: string
  file: string
  line: number
}

/**
 * What the build puts into the bundle's first line: source files, and for each line of the bundle, apart by `;`, the places
 * where another source line begins: `column.line` or `column.line.file`, each as the difference to the entry before in
 * base 36, apart by `,`. File 0 is the SDK's own code.
 */
export interface SourceTable {
  files: readonly string[]
  lines: string
}

declare global {
  var __apSources: SourceTable | undefined
}

let lines: string[] | undefined

/** The source's place of a place in the bundle. Only the lines that a stack names are ever decoded. */
function placeOf(entries: string, column: number): { file: number; line: number } {
  let at = 0
  const place = { file: 0, line: 0 }
  for (const entry of entries === '' ? [] : entries.split(',')) {
    const [byColumn = 0, byLine = 0, byFile = 0] = entry.split('.').map((field) => Number.parseInt(field, 36))
    at += byColumn
    if (at >= column) break
    place.line += byLine
    place.file += byFile
  }
  return place
}

const FRAME = /^\s*at (?:(.*?) )?\(?[^()]*?:(\d+):(\d+)\)?$/

/** Frames in the author's files and packages, those of the SDK left out. */
export function framesOf(stack: string | undefined): Frame[] {
  const table = globalThis.__apSources
  if (stack === undefined || table === undefined) return []
  lines ??= table.lines.split(';')
  const frames: Frame[] = []
  for (const text of stack.split('\n')) {
    const [, name = '', line, column] = FRAME.exec(text) ?? []
    const entries = lines[Number(line) - 1]
    if (entries === undefined) continue
    const place = placeOf(entries, Number(column))
    const file = table.files[place.file]
    if (file) frames.push({ name: name.replace(/^<anonymous>$/, ''), file, line: place.line })
  }
  return frames
}

/** ` (src/index.ts:12)`, or nothing. */
export function callerOf(stack: string | undefined): string {
  const frames = framesOf(stack)
  const own = frames.find((frame) => !frame.file.includes('node_modules/')) ?? frames[0]
  return own ? ` (${own.file}:${own.line})` : ''
}

/** The stack as the author reads it: mapped, or as it is where nothing maps. */
export function readableStack(error: Error): string {
  const frames = framesOf(error.stack)
  const head = `${error.name}: ${error.message}`
  if (frames.length === 0) return head
  return [
    head,
    ...frames.map((frame) => `    at ${frame.name ? `${frame.name} ` : ''}(${frame.file}:${frame.line})`),
  ].join('\n')
}
