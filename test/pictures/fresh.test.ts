import { expect, test } from 'vitest'
import { job, product, text } from '../cells/pieces.ts'
import { entry, pool } from '../cells/pool.ts'

/** A cell that answers each call with `fresh` of its message, and says of the first that its instance was not what it had to be. */
const teller = (key: string) =>
  entry(`
  import { Socket } from 'node:net'
  const socket = new Socket({ fd: 3, readable: true, writable: true })
  const send = (type, call, json, raw = '') => {
    const [text, bytes] = [Buffer.from(json === undefined ? '' : JSON.stringify(json)), Buffer.from(raw)]
    const head = Buffer.alloc(20)
    head.writeUInt32LE(text.length + bytes.length, 0)
    head.writeUInt32LE(type, 4)
    head.writeUInt32LE(call, 8)
    head.writeUInt32LE(text.length, 16)
    socket.write(Buffer.concat([head, text, bytes]))
  }
  const usage = { fuel: 0, cpuMs: 0, memoryPeakBytes: 0, hostCalls: {}, coldStart: false }
  let held = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 20 && held.length >= 20 + held.readUInt32LE(0)) {
      const [length, type, call, jsonBytes] = [0, 4, 8, 16].map((at) => held.readUInt32LE(at))
      if (type === 4) {
        const { fresh } = JSON.parse(held.toString('utf8', 20, 20 + jsonBytes))
        send(37, 0, { key: ${JSON.stringify(key)}, detail: 'memory near 0' })
        send(35, call, { kind: 'output', usage }, JSON.stringify(fresh ?? false))
      }
      held = held.subarray(20 + length)
    }
  })
  send(33, 0)
`)

test('a program that an instance of differed gets a new one for every call, and the log and the metrics say so', async () => {
  const program = await product()
  const errors: object[] = []
  const log = { info() {}, warn() {}, error: (fields: object) => errors.push(fields) }
  const cells = await pool({ cellEntry: teller(program.key), log })
  const fresh = async () => {
    const answer = await cells.run(job(program))
    return answer.kind === 'output' ? text(answer.bytes) : answer.kind
  }
  expect(await fresh()).toBe('false')
  expect(cells.status.unequal).toBe(1)
  expect(errors).toMatchObject([{ program: program.key, detail: 'memory near 0' }])
  expect(await fresh()).toBe('true')
})

test('a word about a program that the cell does not have changes nothing', async () => {
  const cells = await pool({ cellEntry: teller('another') })
  await cells.run(job(await product()))
  expect(cells.status.unequal).toBe(0)
})

test('the setting gives every call an instance of its own', async () => {
  const cells = await pool({ cellEntry: teller('another'), instances: 'fresh' })
  const answer = await cells.run(job(await product()))
  expect(answer.kind === 'output' && text(answer.bytes)).toBe('true')
})
