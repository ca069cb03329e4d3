import { describe, expect, it } from 'vitest'
import { REFERENCE } from '../generated/reference.ts'
import { parseComponent } from '../linker/component.ts'
import { withoutVersion } from '../linker/types.ts'
import { WORLD } from './index.ts'

const imports = new Map(
  parseComponent(REFERENCE).imports.map(({ name, functions }) => [withoutVersion(name), [...functions.keys()].sort()]),
)

/** May suspend the guest; every other function answers at once. */
const WAITING = [
  'ap:piece/files#read',
  'ap:piece/files#write',
  'ap:piece/run#respond',
  'ap:piece/run#stop',
  'ap:piece/run#wait-for-webhook',
  'ap:piece/run#wait-until',
  'ap:piece/store#delete',
  'ap:piece/store#get',
  'ap:piece/store#keys',
  'ap:piece/store#put',
  'wasi:io/poll#[method]pollable.block',
  'wasi:io/poll#poll',
  'wasi:io/streams#[method]input-stream.blocking-read',
  'wasi:io/streams#[method]input-stream.blocking-skip',
  'wasi:io/streams#[method]output-stream.blocking-flush',
  'wasi:io/streams#[method]output-stream.blocking-splice',
  'wasi:io/streams#[method]output-stream.blocking-write-and-flush',
  'wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush',
]

describe('the world', () => {
  it('has the interfaces of the contract, no more and no fewer', () => {
    expect(Object.keys(WORLD).sort()).toEqual([...imports.keys()].sort())
  })
  it.each([...imports])('%s has the functions of its WIT', (name, functions) => {
    expect(Object.keys(WORLD[name]!).sort()).toEqual(functions)
  })
  it('waits only where it has to', () => {
    const waiting = Object.entries(WORLD).flatMap(([name, functions]) =>
      Object.entries(functions).flatMap(([func, { waits }]) => (waits ? `${name}#${func}` : [])),
    )
    expect(waiting.sort()).toEqual(WAITING)
  })
})
