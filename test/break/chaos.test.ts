/**
 * Everything at once, by seed: calls to servers that answer, hang, reset, drip and lie, clients that leave, cells that are
 * killed and stopped, a server that is killed, while it all goes on. Then the ledger has to add up with what was answered
 * and with what arrived upstream.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Drill, mixed, type Told } from './drill.ts'
import { cellsOf, chance } from './machine.ts'

const SETTINGS = ['--egress-private', '127.0.0.0/8', '--cells', '2']
/** So many calls at once, that often for a seed. */
const [CALLS, WAVES] = [48, 2]
const PATHS = [
  '/',
  '/',
  '/bytes/100000',
  '/never',
  '/head',
  '/reset',
  '/reset-late',
  '/close',
  '/short',
  '/garbage',
  '/drip',
  '/endless',
]
const LIMITS = { httpFirstByteMs: 300, httpBetweenBytesMs: 300, wallMs: 10_000, httpBodyBytes: 1 << 20 }

let answered = 0
let drill: Drill
beforeAll(async () => {
  drill = await Drill.start(SETTINGS)
})
afterAll(() => drill?.close())

/** Each with how often it comes among others. */
const BLOWS: readonly [weight: number, blow: (pick: (below: number) => number) => void][] = [
  [4, (pick) => signal(pick, 'SIGKILL')],
  // Stopped, it hangs: the watchdog has to find out.
  [2, (pick) => signal(pick, 'SIGSTOP')],
  [1, () => void drill.server.child.kill('SIGKILL')],
]
function signal(pick: (below: number) => number, name: NodeJS.Signals): void {
  const cells = cellsOf(drill.server.child.pid ?? 0)
  const pid = cells[pick(Math.max(1, cells.length))]
  if (pid !== undefined) process.kill(pid, name)
}

test.each([1, 2])('seed %i', { timeout: 240_000 }, async (seed) => {
  const pick = chance(1_000 + seed)
  const blows = BLOWS.flatMap(([weight, blow]) => Array.from({ length: weight }, () => blow))
  const all: Told[] = []
  for (let wave = 0; wave < WAVES; wave++) {
    const paths = Array.from({ length: CALLS }, () => PATHS[pick(PATHS.length)]!)
    const leaving = new Map(Array.from({ length: 6 }, () => [pick(CALLS), new AbortController()]))
    const moments = new Set(Array.from({ length: 3 }, () => 1 + pick(CALLS)))
    let events = 0
    const event = () => {
      if (moments.has(++events)) blows[pick(blows.length)]!(pick)
      if (events % 8 === 0) [...leaving.values()][pick(leaving.size)]!.abort()
    }
    drill.upstream.onHeard = event
    const told = await drill.load(mixed(CALLS), {
      path: (i) => paths[i]!,
      limits: LIMITS,
      signal: (i) => leaving.get(i)?.signal,
      onAnswer: event,
    })
    drill.upstream.onHeard = () => {}
    // Whatever state it is in: what was promised is read after a start.
    await drill.crash()
    await drill.reconcile(told)
    all.push(...told)
  }
  answered += all.filter(({ answer }) => answer?.status === 200).length
  // Each key again: what was told is told again, what was interrupted is not run again.
  for (const call of all.filter(({ key }) => key !== undefined).slice(0, 40)) {
    const before = drill.posts(call.n)
    const again = await drill.ask(call, '/', { limits: LIMITS }).catch(() => undefined)
    if (call.answer?.status === 200 && again?.status === 200) expect(again.body).toEqual(call.answer.body)
    if (before > 0) expect(drill.posts(call.n)).toBe(before)
  }
})

test('among all that, calls were answered', () => {
  expect(answered).toBeGreaterThan(CALLS / 4)
})
