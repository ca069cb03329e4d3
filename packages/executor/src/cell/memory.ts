/** @module cell/memory: the budget of a cell: linear memories of all its calls together, counted after each slice. */

export interface Account {
  /** What the call holds, as of its last slice; before the first, what its instance begins with. */
  bytes: number
  /** Its end has begun: what it holds comes back soon. */
  ending: boolean
  /** Called once, when the budget is spent and this account is the largest. */
  over(budgetBytes: number): void
}

/** What is kept for later calls: it counts, and is the first to go. */
export interface Idle {
  readonly bytes: number
  /** Lets go of a part; false if nothing is left. */
  shrink(): boolean
}

interface Waiting {
  account: Account
  minimumBytes: number
  admit: () => void
}

export class MemoryBudget {
  readonly budgetBytes: number
  readonly #accounts = new Set<Account>()
  #waiting: Waiting[] = []
  #bytes = 0
  #idle: Idle | undefined

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes
  }

  /** Of its calls and of what idles. */
  get bytes(): number {
    return this.#bytes + (this.#idle?.bytes ?? 0)
  }

  /** Somebody needs room: nothing more may idle. */
  get isShort(): boolean {
    return this.#waiting.length > 0
  }

  share(idle: Idle): void {
    this.#idle = idle
  }

  /** Whether an instance of that size could ever be made here. */
  holds(minimumBytes: number): boolean {
    return minimumBytes <= this.budgetBytes
  }

  /** A promise if the instance has to wait for room. First come, first served: a large one is not passed by small ones. */
  admit(account: Account, minimumBytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(minimumBytes)) {
      this.open(account, minimumBytes)
      return undefined
    }
    return new Promise((admit) => this.#waiting.push({ account, minimumBytes, admit }))
  }

  /** For a call whose memory is there already. */
  open(account: Account, bytes: number): void {
    account.bytes = bytes
    this.#accounts.add(account)
    this.#bytes += bytes
  }

  measure(account: Account, bytes: number): void {
    if (bytes === account.bytes) return
    this.#bytes += bytes - account.bytes
    account.bytes = bytes
    if (this.bytes > this.budgetBytes) this.#shrink()
  }

  release(account: Account): void {
    if (this.#accounts.delete(account)) this.#bytes -= account.bytes
    else this.#waiting = this.#waiting.filter((one) => one.account !== account)
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.minimumBytes)) {
      const next = this.#waiting.shift()!
      this.open(next.account, next.minimumBytes)
      next.admit()
    }
  }

  #fits(bytes: number): boolean {
    while (this.bytes + bytes > this.budgetBytes) if (this.#idle?.shrink() !== true) return false
    return true
  }

  #shrink(): void {
    if (this.#fits(0)) return
    let expected = this.#bytes
    let largest: Account | undefined
    for (const account of this.#accounts)
      if (account.ending) expected -= account.bytes
      else if (largest === undefined || account.bytes > largest.bytes) largest = account
    if (expected <= this.budgetBytes || largest === undefined) return
    largest.ending = true
    largest.over(this.budgetBytes)
  }
}
