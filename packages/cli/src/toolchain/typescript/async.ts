/**
 * @module async: async functions over the runtime's promises. The bundler makes each a generator and brings what runs it,
 * with closures and promises that the SDK's runtime does without. Packages that were built with it bring the same once more.
 */

/** What the bundler brings, in the lines that it was cut into. */
const BUNDLERS =
  /var (__async\d*)=\(__this,\s*__arguments,\s*generator\)=>\s*\{\s*return new Promise\([\s\S]*?\.next\(\)\)\s*\}\s*\)\s*\}\s*;/g

/** The SDK's runtime puts it there (`runtime/globals.ts`). */
const RUNTIMES = '__apAsync'

/** The bundle with the runtime's way, if it has one; lines and columns of what follows stay as they are. */
export function withRuntimesAsync(bundle: string): string {
  if (!bundle.includes(`${RUNTIMES}:`)) return bundle
  return bundle.replace(BUNDLERS, (found, name: string) => {
    const [first = '', ...rest] = found.split('\n').map((line) => ' '.repeat(line.length))
    return [`var ${name}=(self,given,make)=>${RUNTIMES}(self,given,make);`.padEnd(first.length), ...rest].join('\n')
  })
}
