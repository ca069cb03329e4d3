/**
 * @module not-asked: a component imports what its piece.json asks for and nothing else. In place of the rest stand modules
 * that answer as the host would: not granted, with the line to add.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PieceJson } from '@ap-wasm/executor'
import type { Plugin } from 'esbuild'

type Capability = keyof NonNullable<PieceJson['capabilities']>

const refused = (capability: Capability, names: readonly string[]): string => {
  const failure = {
    code: 'not_granted',
    message: `piece.json does not ask for "${capability}"; add capabilities.${capability}`,
  }
  return `const refuse = () => { throw ${JSON.stringify(failure)} }\nexport default { ${names.map((name) => `${name}: refuse`).join(', ')} }\n`
}

/** By import: the capability that it belongs to, and what stands there without it. */
const STAND_INS: Readonly<Record<string, { capability: Capability; module: string }>> = {
  'wasi:http/outgoing-handler': {
    capability: 'http',
    module: `export default {
  handle() {
    console.warn('piece.json asks for no host; add capabilities.http')
    throw { tag: 'HTTP-request-denied' }
  },
}\n`,
  },
  'ap:piece/store': { capability: 'store', module: refused('store', ['get', 'put', 'delete', 'keys']) },
  'ap:piece/files': { capability: 'files', module: refused('files', ['write', 'read']) },
  'ap:piece/run': { capability: 'run', module: refused('run', ['respond', 'stop', 'waitUntil', 'waitForWebhook']) },
}

/** The imports that piece.json does not ask for. */
export async function importsNotAsked(folder: string): Promise<string[]> {
  const piece = JSON.parse(await readFile(join(folder, 'piece.json'), 'utf8')) as PieceJson
  const asked = (capability: Capability): boolean => Object.keys(piece.capabilities?.[capability] ?? {}).length > 0
  return Object.keys(STAND_INS).filter((name) => !asked(STAND_INS[name]!.capability))
}

export const notAsked = (imports: readonly string[]): Plugin => ({
  name: 'not-asked',
  setup(build) {
    build.onResolve({ filter: /^(wasi|ap):/ }, ({ path }) =>
      imports.includes(path) ? { path, namespace: 'not-asked' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'not-asked' }, ({ path }) => ({
      contents: STAND_INS[path]!.module,
      loader: 'js',
    }))
  },
})
