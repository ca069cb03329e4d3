/** @module jobs: the microtasks of the piece. QuickJS never drains its own queue inside a synchronous export, so this one does. */

type Job = (first: never, second: never) => void

/** Three entries a job: the function and what it is called with. A closure that holds both takes twice as long to make. */
let queue: unknown[] = []
let report: (error: unknown) => void = () => {}

/** Where an error goes that no promise carries: a callback of `queueMicrotask` or a timer threw. */
export function reportUncaughtTo(reporter: (error: unknown) => void): void {
  report = reporter
}

/** Runs `job(first, second)` after all that is queued now. It must not throw. */
export function enqueue<A, B>(job: (first: A, second: B) => void, first: A, second: B): void {
  queue.push(job, first, second)
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
    for (let at = 0; at < batch.length; at += 3) (batch[at] as Job)(batch[at + 1] as never, batch[at + 2] as never)
  }
}

export function dropJobs(): void {
  queue = []
}
