/**
 * @module async: async functions over the runtime's promises. The bundler makes each a generator and brings what runs it,
 * with closures and promises that the SDK's runtime does without.
 */

/** What the bundler brings, in the lines that it was cut into. */
const BUNDLERS = /var __async=\(__this,\s*__arguments,\s*generator\)=>\s*\{[\s\S]*?\.next\(\)\)\s*\}\s*\)\s*\}\s*;/

/** The SDK's runtime puts it there (`runtime/globals.ts`). */
const RUNTIMES = '__apAsync'
const HANDED_ON = `var __async=(self,given,make)=>${RUNTIMES}(self,given,make);`

/** The bundle with the runtime's way, if it has one; lines and columns of what follows stay as they are. */
export function withRuntimesAsync(bundle: string): string {
  if (!bundle.includes('var __async=') || !bundle.includes(`${RUNTIMES}:`)) return bundle
  const found = BUNDLERS.exec(bundle)?.[0]
  if (found === undefined) throw new Error('the bundler has changed how it runs async functions')
  const [first = '', ...rest] = found.split('\n').map((line) => ' '.repeat(line.length))
  return bundle.replace(found, () => [HANDED_ON.padEnd(first.length), ...rest].join('\n'))
}
