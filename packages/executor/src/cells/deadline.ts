/** @module cells/deadline: what ends a call from outside of its cell: its time, or its caller. */
import { PieceError } from '../errors.ts'
import type { Ticket } from './ticket.ts'

const ranMs = (ticket: Ticket): number => Math.round(performance.now() - ticket.acceptedAt)

/** Calls `end` at most once for each reason, until `release`. */
export function limit(ticket: Ticket, end: (reason: PieceError) => void): void {
  const { job } = ticket
  const { wallMs } = job.limits
  const leftMs = Math.max(0, job.deadlineAt - performance.now())
  ticket.deadline = setTimeout(() => end(new PieceError('AP_WALL_EXCEEDED', { ranMs: ranMs(ticket), wallMs })), leftMs)
  if (job.signal === undefined) return
  ticket.abort = () => end(new PieceError('AP_CANCELLED', { ranMs: ranMs(ticket) }))
  job.signal.addEventListener('abort', ticket.abort, { once: true })
}

/** The call is over: nothing ends it any more. */
export function release(ticket: Ticket): void {
  ticket.done = true
  clearTimeout(ticket.deadline)
  clearTimeout(ticket.grace)
  if (ticket.abort !== undefined) ticket.job.signal?.removeEventListener('abort', ticket.abort)
}
