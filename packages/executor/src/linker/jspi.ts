/** @module jspi: JavaScript Promise Integration of WebAssembly, which TypeScript's library does not declare yet. */

// biome-ignore lint/suspicious/noExplicitAny: core functions take and give any core values.
export type CoreCode = (...values: any[]) => any

interface Integration {
  /** An import whose promise suspends the wasm that called it. */
  readonly Suspending: new (
    run: CoreCode,
  ) => CoreCode
  /** An export that may suspend: its call answers with a promise. */
  readonly promising: (run: CoreCode) => (...values: unknown[]) => Promise<unknown>
}

export const { Suspending, promising } = WebAssembly as typeof WebAssembly & Integration
