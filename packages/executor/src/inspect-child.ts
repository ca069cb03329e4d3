/**
 * @module inspect-child: the process in which the bytes of strangers are parsed, validated and rewritten. It reads one job
 * from stdin, writes one answer to stdout and ends; it may die in between.
 */
import { writeSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { type ChildAnswer, decodeWork, encodeAnswer } from './child-frames.ts'
import { Refused } from './errors.ts'
import { parseComponent } from './linker/component.ts'
import { buildProduct } from './product.ts'

async function answer(input: Uint8Array): Promise<ChildAnswer> {
  const { work, component } = decodeWork(input)
  try {
    if (work === 'build') return { kind: 'done', built: buildProduct(component, parseComponent(component)) }
    const { examine, examineComponent } = await import('./examine.ts')
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

const output = encodeAnswer(await answer(await buffer(process.stdin)))
for (let at = 0; at < output.length; ) at += writeSync(1, output, at)
process.exit(0)
