/**
 * @module inspect-child: the process in which the bytes of strangers are parsed, validated and rewritten. It reads them
 * from stdin, writes one answer to stdout and ends; it may die in between. A spare one waits for them.
 */
import { writeSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { buildProduct } from './engine/product.ts'
import { Refused } from './errors.ts'
import { type ChildAnswer, type ChildWork, encodeAnswer, workOfCode } from './inspect/child-frames.ts'
import { parseComponent } from './linker/component.ts'

// Begun at once: the validator is compiled beside this thread while the bytes come in. Its argument says that none is needed.
const examining = process.argv[2] === 'build' ? undefined : import('./inspect/examine.ts')

async function answer(work: ChildWork, component: Uint8Array): Promise<ChildAnswer> {
  try {
    if (examining === undefined || work === 'build')
      return { kind: 'done', built: buildProduct(parseComponent(component)) }
    const { examine, examineComponent } = await examining
    if (work === 'component') return { kind: 'done', built: await examineComponent(component) }
    return { kind: 'done', ...(await examine(component)) }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reasons: [...error.reasons] }
    // Whatever bytes make a parser fail, they are no piece.
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return { kind: 'refused', reasons: [`the inspector failed on these bytes: ${said.slice(0, 500)}`] }
  }
}

// Ctrl-C in a terminal reaches this process too; who started it decides when it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

const input = await buffer(process.stdin)
const work = workOfCode(input[0])
// A spare that nobody needed.
if (work === undefined) process.exit(0)
const output = encodeAnswer(await answer(work, input.subarray(1)))
for (let at = 0; at < output.length; ) at += writeSync(1, output, at)
process.exit(0)
