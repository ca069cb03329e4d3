/** @module proof/neighbours: how long others wait beside a hog: a loop, an allocator that loops, uploads that compile for long. */

import { artifact, type Running, startServer } from '../api/server.ts'
import { LOOPS } from '../cells/fixtures.ts'
import { BOMBS } from '../security/compile-bombs.ts'
import { percentile } from './sample.ts'

export interface Beside {
  hog: string
  calls: number
  failed: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}

const CALLS = 300

async function measured(server: Running, hog: string, busy: () => Promise<unknown>): Promise<Beside> {
  let isOver = false
  const hogging = (async () => {
    while (!isOver) await busy()
  })()
  const times: number[] = []
  let failed = 0
  for (let i = 0; i < CALLS; i++) {
    const at = performance.now()
    const { status } = await server.ask('POST', '/v1/pieces/neighbour/latest/actions/echo', {})
    times.push(performance.now() - at)
    if (status !== 200) failed++
    // So that the hog is met in every state.
    await new Promise((resolve) => setTimeout(resolve, i % 7))
  }
  isOver = true
  await hogging
  return {
    hog,
    calls: CALLS,
    failed,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    maxMs: Math.max(...times),
  }
}

export async function neighbours(): Promise<Beside[]> {
  const server = await startServer({ cells: 1, cpuMs: 1_000 })
  try {
    await server.deploy(await artifact({ name: 'neighbour' }))
    await server.deploy(await artifact({ name: 'loops' }, LOOPS.action))
    await server.deploy(await artifact({ name: 'allocates' }, LOOPS.realloc))
    const call = (name: string) => () => server.ask('POST', `/v1/pieces/${name}/latest/actions/echo`, {})
    const bombs = await Promise.all(
      Object.values(BOMBS).map(({ hostile }, i) => artifact({ name: `bomb-${i}` }, hostile)),
    )
    let next = 0
    await call('neighbour')()
    return [
      await measured(server, 'nothing', () => new Promise((resolve) => setTimeout(resolve, 5))),
      await measured(server, 'a loop until its limit', call('loops')),
      await measured(server, 'four such loops', () => Promise.all(Array.from({ length: 4 }, call('loops')))),
      await measured(server, 'an allocator that loops', call('allocates')),
      await measured(server, 'uploads that would compile for seconds', () =>
        server.deploy(bombs[next++ % bombs.length]!),
      ),
    ]
  } finally {
    await server.close()
  }
}
