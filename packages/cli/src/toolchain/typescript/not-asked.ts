/** @module not-asked: in place of the imports that piece.json does not ask for stand modules that answer as the host would. */
import type { Plugin } from 'esbuild'
import { ASKED_BY, type Capability } from '../asked.ts'

const refused = (capability: Capability, names: readonly string[]): string => {
  const failure = {
    code: 'not_granted',
    message: `piece.json does not ask for "${capability}"; add capabilities.${capability}`,
  }
  return `const refuse = () => { throw ${JSON.stringify(failure)} }\nexport default { ${names.map((name) => `${name}: refuse`).join(', ')} }\n`
}

const HTTP = `export default {
  handle() {
    console.warn('piece.json asks for no host; add capabilities.http')
    throw { tag: 'HTTP-request-denied' }
  },
}\n`

const FUNCTIONS: Readonly<Record<string, readonly string[]>> = {
  'ap:piece/store': ['get', 'put', 'delete', 'keys'],
  'ap:piece/files': ['write', 'read'],
  'ap:piece/run': ['respond', 'stop', 'waitUntil', 'waitForWebhook'],
}

const standIn = (name: string): string => {
  const functions = FUNCTIONS[name]
  return functions === undefined ? HTTP : refused(ASKED_BY[name]!, functions)
}

export const notAsked = (imports: readonly string[]): Plugin => ({
  name: 'not-asked',
  setup(build) {
    build.onResolve({ filter: /^(wasi|ap):/ }, ({ path }) =>
      imports.includes(path) ? { path, namespace: 'not-asked' } : undefined,
    )
    build.onLoad({ filter: /.*/, namespace: 'not-asked' }, ({ path }) => ({ contents: standIn(path), loader: 'js' }))
  },
})
