/** @module jobs: the microtasks of the piece. QuickJS never drains its own queue inside a synchronous export, so this one does. */

let queue: (() => void)[] = []
let report: (error: unknown) => void = () => {}

/** Where an error goes that no promise carries: a callback of `queueMicrotask` or a timer threw. */
export function reportUncaughtTo(reporter: (error: unknown) => void): void {
  report = reporter
}

export function enqueue(job: () => void): void {
  queue.push(job)
}

/** Runs one callback; what it throws is reported and stops nothing else. */
export function guarded(job: () => void): void {
  try {
    job()
  } catch (error) {
    report(error)
  }
}

/** Runs every job, those that jobs add included. In batches, so that a long chain does not keep its whole past in memory. */
export function drain(): void {
  while (queue.length > 0) {
    const batch = queue
    queue = []
    for (const job of batch) job()
  }
}

export function dropJobs(): void {
  queue = []
}
