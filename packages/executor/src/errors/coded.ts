/** @module errors/coded: from a table of what can go wrong to the errors that are thrown: a code, its fields, and what its row says. */

/** Who has to act: the caller mends the request, the author the piece, the operator the host (and is not paid). */
export type Fault = 'caller' | 'piece' | 'host'

export interface ErrorRow {
  fault: Fault
  /** HTTP status of the problem answer. */
  status: number
  /** Whether the same call may succeed later, unchanged. */
  retry: boolean
  /** Short and stable: the problem's `title`. */
  title: string
  /** What the reader should do. */
  remedy: string
  message: (fields: never) => string
}

export const errorRow = <F>(
  fault: Fault,
  status: number,
  retry: boolean,
  title: string,
  message: (fields: F) => string,
  remedy: string,
) => ({ fault, status, retry, title, message, remedy }) satisfies ErrorRow

/** Fields of an error that needs none. */
export type NoFields = Record<never, never>

export type ErrorTable = Readonly<Record<string, ErrorRow>>
export type FieldsOf<T extends ErrorTable, C extends keyof T> = Parameters<T[C]['message']>[0]

export interface CodedErrorOptions {
  cause?: unknown
  /** When the caller may try again, where that is known. */
  retryAfterMs?: number
}

export class CodedError<T extends ErrorTable, C extends keyof T & string> extends Error {
  readonly code: C
  readonly fields: FieldsOf<T, C>
  readonly retryAfterMs: number | undefined
  readonly #row: ErrorRow

  constructor(table: T, code: C, fields: FieldsOf<T, C>, { cause, retryAfterMs }: CodedErrorOptions = {}) {
    const row: ErrorRow = table[code]!
    super(row.message(fields as never), cause === undefined ? undefined : { cause })
    this.code = code
    this.fields = fields
    this.retryAfterMs = retryAfterMs
    this.#row = row
  }

  get fault(): Fault {
    return this.#row.fault
  }
  get status(): number {
    return this.#row.status
  }
  get retry(): boolean {
    return this.#row.retry
  }
  get remedy(): string {
    return this.#row.remedy
  }
}
