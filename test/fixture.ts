/**
 * @module fixture: pieces as text. `pieceComponent` fills the skeleton of fixtures/piece.wat and makes a real component of
 * it, so that a hostile piece is a few lines of WAT in the test that it belongs to, and no toolchain is needed.
 */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco'

const skeleton = readFileSync(new URL('./fixtures/piece.wat', import.meta.url), 'utf8')
const witPath = fileURLToPath(new URL('../wit', import.meta.url))

/** A description with one action `echo` without properties; override what a case is about. */
export const DESCRIPTION = {
  contract: '0.1',
  encoding: 'json',
  sdk: { language: 'wat', version: '0.1.0' },
  displayName: 'Fixture',
  description: 'A piece made of text.',
  authors: [],
  categories: [],
  actions: {
    echo: { displayName: 'Echo', description: 'Answers with its input.', props: {}, requireAuth: false },
  },
  triggers: {},
} as const

export interface Fixture {
  description?: unknown
  /** Interfaces that toolchains import beside the world: `wasi:cli/exit@0.2.12`. */
  also?: readonly string[]
  /** WAT of `(import …)` clauses: come first in a module. */
  imports?: string
  /** Limits of the memory: `1`, `1 10`. */
  memory?: string
  /** Further functions, globals, a start function. */
  definitions?: string
  /** Bodies that run first; each may `return` or fall through to an echo of the input. */
  describe?: string
  init?: string
  action?: string
  trigger?: string
  resolve?: string
  realloc?: string
  /** Body of the action's post-return. */
  post?: string
}

const escaped = (text: string): string =>
  [...Buffer.from(text, 'utf8')].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')

/** The core module as text. */
export function pieceWat(fixture: Fixture = {}): string {
  const description = JSON.stringify(fixture.description ?? DESCRIPTION)
  const { also: _also, ...bodies } = fixture
  const places: Record<string, string> = {
    imports: '',
    memory: '2',
    definitions: '',
    describe: '',
    init: '',
    action: '',
    trigger: '',
    resolve: '',
    realloc: '',
    post: '',
    ...bodies,
    description: escaped(description),
    descriptionBytes: String(Buffer.byteLength(description)),
  }
  return skeleton.replace(/‹(\w+)›/g, (place, name: string) => places[name] ?? place)
}

/** A component of the world `piece`, without a manifest. */
export async function pieceComponent(fixture: Fixture = {}): Promise<Uint8Array> {
  const core = await parse(pieceWat(fixture))
  if (fixture.also === undefined) return componentOf(core, { witPath, world: 'piece' })
  const wider = widerWorld(fixture.also)
  try {
    return await componentOf(core, wider)
  } finally {
    rmSync(wider.witPath, { recursive: true })
  }
}

const componentOf = async (core: Uint8Array, world: { witPath: string; world: string }): Promise<Uint8Array> =>
  componentNew(await componentEmbed({ binary: core, ...world } as never))

function widerWorld(also: readonly string[]): { witPath: string; world: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-wit-'))
  cpSync(witPath, folder, { recursive: true })
  const imports = also.map((name) => `  import ${name};\n`).join('')
  appendFileSync(join(folder, 'piece.wit'), `\nworld wider {\n  include piece;\n${imports}}\n`)
  return { witPath: folder, world: 'wider' }
}
