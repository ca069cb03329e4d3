/**
 * @module host/start: the time that the start of a language sees. It is the same for every instance of a program, so that a
 * picture of one is a picture of all, and a call is the same with a picture and without.
 */
import { VirtualClock } from './time.ts'

const START_MS = Date.UTC(2000, 0, 1)

/** Moves only while the start sleeps. */
export const createStartClock = (): VirtualClock => new VirtualClock(0, START_MS, [])
