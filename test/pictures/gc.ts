/** @module gc: the collector at hand, in a process that was not started for it. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
export const gc: () => void = runInNewContext('gc')
