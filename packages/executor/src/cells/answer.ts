/** @module cells/answer: what a call's end says to its caller. */
import type { Outcome } from '../calls/answer.ts'
import type { CallOutside } from '../effects/index.ts'
import { PieceError } from '../errors.ts'
import type { CellUsage, DoneMessage } from '../wire.ts'
import type { Loss } from './process.ts'
import { type CallAnswer, type Ticket, UNKNOWN_USAGE, usageOf } from './ticket.ts'

/** After the first attempt. */
const RERUNS = 2

/** How a call ends whose cell was lost; `undefined` if it is to run again, unseen by its caller. */
export function lossOf(ticket: Ticket, loss: Loss, guilty: boolean): PieceError | undefined {
  if (loss.kind === 'birth' || !ticket.sent) return undefined
  const { detail } = loss
  if (guilty && loss.kind === 'hung') return new PieceError('AP_HUNG', { silentMs: loss.silentMs })
  if (guilty) return new PieceError('AP_CELL_LOST', { detail, why: 'it had the processor at that moment' })
  if (ticket.outside?.hadEffects) return new PieceError('AP_CELL_LOST', { detail, why: 'it had effects' })
  if (ticket.attempts > RERUNS)
    return new PieceError('AP_CELL_LOST', { detail, why: `it was lost ${ticket.attempts} times` })
  return undefined
}

export function completed(
  ticket: Ticket,
  outside: CallOutside,
  end: Outcome | PieceError,
  done: DoneMessage | undefined,
): CallAnswer {
  const used: CellUsage = done?.usage ?? UNKNOWN_USAGE
  const clock = done?.clock
  return {
    usage: usageOf(ticket, used),
    outside,
    attempts: ticket.attempts,
    ...(clock === undefined ? {} : { clockStart: clock.start, clockReads: clock.reads }),
    ...(end instanceof PieceError ? { kind: 'error', error: end } : end),
  }
}
