/** @module cell/cpu-clock: CPU of this thread in fractions of a millisecond, on kernels that count it by ticks, too. */

const MICROSECONDS = 1_000

let seenMicros = -1
let seenAtMs = 0
/** Time that was counted and turned out not to be CPU; it stays counted, so that the clock neither goes back nor stops. */
let surplusMs = 0
let lastMs = 0

/**
 * Many kernels bring a running thread's figure up to date only at their tick (1-10 ms) and when it leaves the processor.
 * While the figure stands still the thread has not left it, so the time that has passed is CPU.
 */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  const micros = user + system
  const nowMs = performance.now()
  if (micros !== seenMicros) {
    seenMicros = micros
    seenAtMs = nowMs
  }
  const cpuMs = micros / MICROSECONDS + nowMs - seenAtMs + surplusMs
  if (cpuMs < lastMs) surplusMs += lastMs - cpuMs
  else lastMs = cpuMs
  return lastMs
}
