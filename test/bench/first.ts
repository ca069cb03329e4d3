/** @module bench/first: the first call of a piece in a cell that is ready: program from the disk, compiled, linked, answered. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildProduct } from '../../packages/executor/src/engine/product.ts'
import { Engine } from '../../packages/executor/src/engine.ts'
import { parseComponent } from '../../packages/executor/src/linker/component.ts'
import { job, product } from '../cells/pieces.ts'
import { pieceComponent } from '../fixture.ts'
import { buildTypescriptSample } from '../pieces.ts'
import { type Figure, median } from './figure.ts'
import { cellPid, load, openCells } from './pool.ts'
import { cpuMicros } from './processes.ts'

const KB = 1_000
const MiB = 1024 * 1024
const ROUNDS = 9

/**
 * A piece of about so many bytes. Half of it is functions (loops, memory, calls through a table) of which a call runs a
 * hundredth, half is data: about what a Go program consists of, without a runtime that starts.
 */
function large(bytes: number): Promise<Uint8Array> {
  const functions = Math.round(bytes / 2 / FUNCTION_BYTES)
  const data = Buffer.alloc(bytes / 2, 'a line of the data of a program; ')
  const body = (
    i: number,
  ): string => `(func $f${i} (param $n i32) (result i32) (local $i i32) (local $sum i32) (local $at i32)
    (local.set $at (i32.and (i32.mul (local.get $n) (i32.const ${i * 4 + 65_537})) (i32.const 0xfffc)))
    (block $done (loop $more
      (br_if $done (i32.ge_u (local.get $i) (i32.const ${(i % 13) + 3})))
      (local.set $sum (i32.add (i32.rotl (local.get $sum) (i32.const ${i % 31})) (i32.load (local.get $at))))
      (if (i32.lt_s (local.get $sum) (i32.const ${i * 7_919})) (then
        (local.set $sum (i32.xor (local.get $sum) (i32.const ${i * 104_729}))))
      (else (local.set $sum (i32.sub (local.get $sum) (i32.mul (local.get $i) (i32.const ${i + 1}))))))
      (local.set $at (i32.and (i32.add (local.get $at) (i32.const ${(i % 7) * 4 + 4})) (i32.const 0xfffc)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $more)))
    (if (result i32) (i32.eqz (i32.and (local.get $n) (i32.const 3)))
      (then (local.get $sum))
      (else (call_indirect (param i32) (result i32) (i32.sub (local.get $n) (i32.const 1)) (i32.const ${(i * 31 + 7) % functions})))))`
  return pieceComponent({
    memory: String(Math.ceil(bytes / 65_536) + 4),
    definitions: `(data (i32.const 70000) "${data.toString('latin1')}")
      (table funcref (elem ${Array.from({ length: functions }, (_, i) => `$f${i}`).join(' ')}))
      ${Array.from({ length: functions }, (_, i) => body(i)).join('\n')}`,
    action: Array.from(
      { length: Math.ceil(functions / 400) },
      (_, i) => `(drop (call $f${(i * 397) % functions} (i32.const 7)))`,
    ).join('\n'),
  })
}
/** What one of them takes in a component, with its place in the table. */
const FUNCTION_BYTES = 170

interface Case {
  name: string
  component: Uint8Array
  target: number
}

async function firstCall({ name, component, target }: Case): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-bench-'))
  const options = { folder, diskBytes: 1024 * MiB, memoryBytes: 512 * MiB }
  const digest = `sha256:${createHash('sha256').update(component).digest('hex')}`
  const before = await Engine.open(options)
  await before.keep(digest, buildProduct(parseComponent(component)))
  await before.close()
  const times: number[] = []
  const cpus: number[] = []
  let again: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const engine = await Engine.open(options)
    const cells = await openCells()
    await load(cells, await product(), { lines: 1, ms: 60_000, calls: 50 })
    const pid = cellPid(cells)
    const one = job(await product(), { input: '{"props":{"value":1}}' })
    const [began, cpu] = [performance.now(), cpuMicros(pid)]
    const program = await engine.product(digest, () => Promise.reject(new Error('it is on disk')))
    const answer = await cells.run({ ...one, program })
    times.push(performance.now() - began)
    cpus.push((cpuMicros(pid) - cpu) / 1000)
    if (answer.kind !== 'output') throw new Error(`${name} ended as ${JSON.stringify(answer)}`)
    if (round === ROUNDS - 1) again = await load(cells, program, { lines: 1, ms: 1_000, calls: 200 })
    await cells.close()
    await engine.close()
  }
  rmSync(folder, { recursive: true, force: true })
  const size =
    component.length >= 1000 * KB
      ? `${(component.length / 1e6).toFixed(1)} MB`
      : `${Math.round(component.length / KB)} KB`
  return [
    { name: `${name}, ${size}: first call`, value: median(times), unit: 'ms', atMost: target },
    { name: `${name}: the quickest of ${ROUNDS}`, value: Math.min(...times), unit: 'ms' },
    { name: `${name}: CPU of the cell`, value: median(cpus), unit: 'ms' },
    { name: `${name}: a later call, p50`, value: median(again), unit: 'ms' },
  ]
}

export async function bench(): Promise<Figure[]> {
  const cases: Case[] = [
    { name: 'text piece', component: await large(120 * KB), target: 15 },
    { name: 'text piece', component: await large(4_600 * KB), target: 80 },
    { name: 'TypeScript example', component: await buildTypescriptSample(), target: 60 },
  ]
  const figures: Figure[] = []
  for (const one of cases) figures.push(...(await firstCall(one)))
  return figures
}
