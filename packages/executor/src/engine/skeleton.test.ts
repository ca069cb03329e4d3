import { expect, test } from 'vitest'
import { pieceComponent } from '../../../../test/fixture.ts'
import { Refused } from '../errors.ts'
import { parseComponent } from '../linker/component.ts'
import type { Lower, ResourceDrop } from '../linker/plan.ts'
import { decodeSkeleton, encodeSkeleton } from './skeleton.ts'

const READS = {
  imports: `(import "wasi:io/poll@0.2.12" "[method]pollable.block" (func (param i32)))
    (import "wasi:io/poll@0.2.12" "[resource-drop]pollable" (func (param i32)))`,
}

test('what was read comes back, and what several name is one thing', async () => {
  const component = parseComponent(await pieceComponent(READS))
  const hashes = component.modules.map((_, i) => new Uint8Array(32).fill(i))
  const { steps, scopes, imports, lifted } = component
  const read = decodeSkeleton(encodeSkeleton(component, hashes))
  expect(read).toEqual({ modules: hashes, steps, scopes, imports, lifted })
  // Handles are told apart by the object that is their resource.
  const items = read.steps.flatMap(({ args }) => [...args.values()])
  const functions = items.flatMap((one) => (one.kind === 'exports' ? [...one.items.values()] : []))
  const drop = functions.find((one): one is ResourceDrop => one.kind === 'drop')!
  const block = functions.find((one): one is Lower => one.kind === 'lower' && one.target.kind === 'import')!
  expect(block.target.type.params[0]!.type).toMatchObject({ kind: 'borrow' })
  expect((block.target.type.params[0]!.type as { resource: unknown }).resource).toBe(drop.resource)
})

test('one that no cell would take is refused with its size', async () => {
  const component = parseComponent(await pieceComponent())
  const { length } = encodeSkeleton(component, [])
  expect(encodeSkeleton(component, [], length)).toHaveLength(length)
  expect(() => encodeSkeleton(component, [], length - 1)).toThrow(
    new Refused(`its types and names take ${length} bytes; at most ${length - 1} are allowed`),
  )
})
