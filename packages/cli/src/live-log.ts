/** @module live-log: the lines of a call as they are written, before the call has ended. */
import type { CallOutside, LogLine } from '@ap-wasm/executor'

/** Tells `line` what passes; lines of the host itself are in `outside.logs` at the end alone. */
export function withLiveLog(outside: CallOutside, line: (line: LogLine) => void): CallOutside {
  let told = 0
  const tell = (): void => {
    while (told < outside.logs.length) line(outside.logs[told++]!)
  }
  return {
    get logs() {
      return outside.logs
    },
    get effects() {
      return outside.effects
    },
    get bytesIn() {
      return outside.bytesIn
    },
    get bytesOut() {
      return outside.bytesOut
    },
    get hadEffects() {
      return outside.hadEffects
    },
    async ask(effect) {
      const reply = await outside.ask(effect)
      tell()
      return reply
    },
    post(effect) {
      outside.post(effect)
      tell()
    },
    close() {
      tell()
      outside.close()
    },
  }
}
