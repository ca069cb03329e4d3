/** @module cells/broker: carries what a call asks of the outside to its `Outside`, and the answer back to its cell. */
import type { Effect } from '../effect.ts'
import { Malformed } from '../wire.ts'
import type { CellProcess } from './process.ts'
import type { Ticket } from './ticket.ts'

/** Questions of one call without an answer: an honest cell opens 10,000 handles at most. */
const OPEN_QUESTIONS = 16_384

/** `failed` hears of bugs of ours: a refusal is an answer. Throws Malformed. */
export function brokerEffect(
  cell: CellProcess<Ticket>,
  ticket: Ticket,
  effect: Effect,
  seq: number,
  failed: (error: unknown) => void,
): void {
  const { outside } = ticket
  // It has been told to end, or will hear it soon: nothing more leaves the machine in its name.
  if (outside === undefined || ticket.reason !== undefined) return
  if (seq === 0) {
    try {
      outside.post(effect)
    } catch (error) {
      if (error instanceof Malformed) throw error
      failed(error)
    }
    return
  }
  if (++ticket.open > OPEN_QUESTIONS) throw new Malformed(`more than ${OPEN_QUESTIONS} open questions of one call`)
  const bytes = effect.bytes.length
  if (bytes > 0) cell.open(bytes)
  outside.ask(effect).then(
    (reply) => {
      if (bytes > 0) cell.open(-bytes)
      // The call has ended or runs elsewhere: this answer is nobody's.
      if (ticket.cell !== cell || ticket.outside !== outside || ticket.done) return
      ticket.open--
      cell.send('Reply', ticket.id, seq, { answer: reply.answer }, reply.bytes)
    },
    (error: unknown) => {
      if (bytes > 0) cell.open(-bytes)
      if (error instanceof Malformed) cell.kill('malformed', error.message)
      else if (ticket.outside === outside) failed(error)
    },
  )
}
