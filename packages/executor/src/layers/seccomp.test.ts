import { describe, expect, it } from 'vitest'
import { seccompFilter } from './seccomp.ts'

const ALLOW = 0x7fff0000
const EPERM = 0x00050001
const ENOSYS = 0x00050026
const KILL = 0x80000000
const X64 = 0xc000003e
const ARM64 = 0xc00000b7

/** What the kernel would do: the few instructions that the filter is made of. */
function verdict(filter: Uint8Array, arch: number, call: number, argument = 0): number {
  const view = new DataView(filter.buffer)
  const data: Record<number, number> = { 0: call, 4: arch, 16: argument }
  let value = 0
  for (let at = 0; ; at++) {
    const code = view.getUint16(at * 8, true)
    const [yes, no] = [filter[at * 8 + 2]!, filter[at * 8 + 3]!]
    const k = view.getUint32(at * 8 + 4, true)
    if (code === 0x06) return k
    if (code === 0x20) value = data[k]!
    else if (code === 0x15) at += value === k ? yes : no
    else if (code === 0x35) at += value >= k ? yes : no
    else if (code === 0x45) at += (value & k) !== 0 ? yes : no
    else throw new Error(`instruction ${code}`)
  }
}

describe('the filter of system calls', () => {
  const CASES: [string, string, number, number, number, number][] = [
    ['reads', 'x64', X64, 0, 0, ALLOW],
    ['writes', 'arm64', ARM64, 64, 0, ALLOW],
    ['sockets', 'x64', X64, 41, 0, EPERM],
    ['sockets', 'arm64', ARM64, 198, 0, EPERM],
    ['signals', 'x64', X64, 62, 0, EPERM],
    ['signals', 'arm64', ARM64, 129, 0, EPERM],
    ['signals to its own threads', 'x64', X64, 234, 0, ALLOW],
    ['threads', 'x64', X64, 56, 0x10000 | 0x100, ALLOW],
    ['processes', 'x64', X64, 56, 0x11, EPERM],
    ['processes', 'arm64', ARM64, 220, 0x11, EPERM],
    ['threads by clone3', 'x64', X64, 435, 0, ENOSYS],
    ['threads by clone3', 'arm64', ARM64, 435, 0, ENOSYS],
    ['io_uring', 'arm64', ARM64, 425, 0, EPERM],
    ['calls of the x32 kind', 'x64', X64, 0x40000000 + 41, 0, KILL],
    ['calls of another machine', 'x64', ARM64, 0, 0, KILL],
  ]
  it.each(CASES)('on %s of %s', (_what, machine, arch, call, argument, expected) => {
    expect(verdict(seccompFilter(machine)!, arch, call, argument)).toBe(expected)
  })

  it('is not guessed for another machine', () => {
    expect(seccompFilter('riscv64')).toBeUndefined()
  })
})
