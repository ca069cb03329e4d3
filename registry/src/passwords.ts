/** @module passwords: scrypt with parameters beside each hash, so that they can be raised; few at once, for each takes 16 MiB. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { RegistryError } from './errors.ts'

// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
const COST = { logN: 14, r: 8, p: 5 } as const
const HASH_BYTES = 32
const AT_ONCE = 2
const WAITING = 100

let running = 0
const turns: (() => void)[] = []

async function turn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (turns.length >= WAITING) throw new RegistryError('AR_SATURATED', { waiting: turns.length, limit: WAITING })
    await new Promise<void>((resolve) => turns.push(resolve))
  } else running++
  try {
    return await work()
  } finally {
    const next = turns.shift()
    if (next) next()
    else running--
  }
}

const derive = (password: string, salt: Buffer, logN: number, r: number, p: number): Promise<Buffer> =>
  turn(
    () =>
      new Promise((resolve, reject) =>
        scrypt(password, salt, HASH_BYTES, { N: 2 ** logN, r, p, maxmem: 64 * 1024 * 1024 }, (error, key) =>
          error ? reject(error) : resolve(key),
        ),
      ),
  )

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { logN, r, p } = COST
  const key = await derive(password, salt, logN, r, p)
  return ['scrypt', logN, r, p, salt.toString('base64'), key.toString('base64')].join('$')
}

const NOBODY = ['scrypt', COST.logN, COST.r, COST.p, '', Buffer.alloc(HASH_BYTES).toString('base64')].join('$')

/** Without a hash it takes as long, and is false: who is there cannot be told by the time. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, logN, r, p, salt, key] = (hash ?? NOBODY).split('$')
  const derived = await derive(password, Buffer.from(salt!, 'base64'), Number(logN), Number(r), Number(p))
  return timingSafeEqual(derived, Buffer.from(key!, 'base64')) && hash !== undefined
}
