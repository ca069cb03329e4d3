/**
 * @module engine: QuickJS as componentize-qjs brings it, made deterministic. The tool runs it once to take a snapshot and
 * gives it the real clock and real random meanwhile: they seed hash tables, and so the same source gave other bytes each
 * time. Here the engine's imports of both are bound to neighbours of the same type that always answer the same. The SDK's
 * runtime brings Date, performance and random of its own, from the piece's imports.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Cursor, MODULE_SECTION, type Section, sectionsOf, u32, withSections } from '../sections.ts'

const require = createRequire(import.meta.url)

interface Import {
  module: RegExp
  from: string
  /** In the same interface where `module` is left out. */
  to: string
  toModule?: string
}

const REBOUND: readonly Import[] = [
  // Both write 16 bytes or fewer to where their parameter points; nothing, and so zero, is what is written here.
  {
    module: /^wasi:random\/insecure-seed@/,
    from: 'insecure-seed',
    to: 'initial-cwd',
    toModule: 'wasi:cli/environment@0.2.0',
  },
  { module: /^wasi:clocks\/wall-clock@/, from: 'now', to: 'resolution' },
  { module: /^wasi:clocks\/monotonic-clock@/, from: 'now', to: 'resolution' },
]

/** What tells the engine without the async ABI: it loads modules and waits for nothing. */
const LOADER = 'local:init/module-loader'
const ASYNC = /\[(?:waitable|async|task|context)/

const MAGIC = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
const MAX_SECTION = 13

/** The core module that begins at `start`; what follows it in the file is no section. */
function moduleAt(file: Buffer, start: number): Uint8Array {
  const cursor = new Cursor(file)
  cursor.at = start + MAGIC.length
  const seen = new Set<number>()
  let end = cursor.at
  for (;;) {
    try {
      const id = cursor.byte()
      if (id > MAX_SECTION || (id !== 0 && seen.has(id))) break
      seen.add(id)
      const body = cursor.take(cursor.u32())
      if (id === 0 && !/^[\x20-\x7e]+$/.test(new Cursor(body).name())) break
      end = cursor.at
    } catch {
      break
    }
  }
  return file.subarray(start, end)
}

function modulesIn(file: Buffer): Uint8Array[] {
  const modules: Uint8Array[] = []
  for (let at = file.indexOf(MAGIC); at >= 0; at = file.indexOf(MAGIC, at + MAGIC.length)) {
    const module = moduleAt(file, at)
    if (module.length > MAGIC.length) modules.push(module)
  }
  return modules
}

const importsOf = (module: Uint8Array): Section | undefined =>
  sectionsOf(module).find((section) => section.id === MODULE_SECTION.import)

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const named = (text: string): string => latin1(Uint8Array.from(u32(text.length))) + text

/** The names of one import as they stand in the section: each with its length before it. */
function rebind(imports: string, { module, from, to, toModule }: Import): string {
  const pairs = [...imports.matchAll(/wasi:[a-z]+\/[a-z-]+@[0-9.]+/g)]
    .map(([name]) => name)
    .filter((name) => module.test(name) && imports.includes(named(name) + named(from)))
  const [name, second] = [...new Set(pairs)]
  if (name === undefined || second !== undefined)
    throw new Error(`the engine has no single import ${module.source}#${from}`)
  return imports.replace(named(name) + named(from), () => named(toModule ?? name) + named(to))
}

export function deterministic(module: Uint8Array): Uint8Array {
  const sections = sectionsOf(module).map((section) => {
    if (section.id !== MODULE_SECTION.import) return section
    const imports = REBOUND.reduce(rebind, latin1(section.body))
    return { id: section.id, body: new Uint8Array(Buffer.from(imports, 'latin1')) }
  })
  return withSections(module, sections)
}

/** The tool keeps its engines inside its native file and has no function that hands them out. */
async function smallestEngine(): Promise<Uint8Array> {
  require('componentize-qjs')
  const file = Object.keys(require.cache).find((name) => /componentize-qjs[^/\\]*\.node$/.test(name))
  if (file === undefined) throw new Error('componentize-qjs loaded no native file')
  const engines = modulesIn(await readFile(file)).filter((module) => {
    const imports = latin1(importsOf(module)?.body ?? new Uint8Array())
    return imports.includes(LOADER) && !ASYNC.test(imports)
  })
  const [smallest] = engines.sort((a, b) => a.length - b.length)
  if (smallest === undefined) throw new Error(`${file} holds no engine without the async ABI`)
  return smallest
}

let engine: Promise<Uint8Array> | undefined

/** The engine optimised for size: a third smaller than the other, and as fast but for tight loops. */
export const loadEngine = (): Promise<Uint8Array> => (engine ??= smallestEngine().then(deterministic))
