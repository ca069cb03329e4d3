import { open, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { EffectFailure } from '../effect.ts'
import { PieceError } from '../errors.ts'
import { checkProps } from '../properties.ts'
import { signFile, verifyFile } from './file-signature.ts'
import { asReference, fileId, storeUploads } from './files.ts'
import { folderFiles } from './files-folder.ts'
import { bytes, call, engines, NONE, temporaryFolder, text } from './outside.suite.ts'

const write = (name = 'a.txt', content = 'hello', mediaType = 'text/plain') =>
  ({ kind: 'files.write', ask: { name, mediaType }, bytes: bytes(content) }) as const
const read = (reference: string, offset = 0, maxBytes = 1000) =>
  ({ kind: 'files.read', ask: { reference, offset, maxBytes }, bytes: NONE }) as const
const both = { files: ['read', 'write'] as const }
const failure = (answer: object) => (answer as { failure?: EffectFailure }).failure

describe('the files of a call', () => {
  test('are read by the call that wrote them and by calls that are handed them', async () => {
    const using = await engines()
    const writer = call(using, { grants: both })
    const { answer } = await writer.ask(write())
    const { reference } = answer as { reference: string }
    expect(reference).toMatch(/^file:[0-9a-f]{12}-[0-9a-f]{32}$/)
    expect(writer.effects.files).toEqual([{ reference, filename: 'a.txt', mediaType: 'text/plain', size: 5 }])
    expect(text((await writer.ask(read(reference))).bytes)).toBe('hello')

    const given = new Set([reference])
    const reader = call(using, { grants: both, givenFiles: given })
    expect(text((await reader.ask(read(reference))).bytes)).toBe('hello')
    for (const stranger of [
      call(using, { grants: both }),
      call(using, { grants: both, givenFiles: given, tenant: 'umbrella' }),
    ])
      expect(failure((await stranger.ask(read(reference))).answer)?.code).toBe('not_found')
  })

  test.each([
    [0, 1000, 'hello'],
    [1, 3, 'ell'],
    [4, 1000, 'o'],
    [5, 1000, ''],
    [5000, 1000, ''],
    [Number.MAX_SAFE_INTEGER, 1000, ''],
    [0, 0, ''],
  ])('from %i at most %i: %j', async (offset, maxBytes, expected) => {
    const outside = call(await engines(), { grants: both })
    const { answer } = await outside.ask(write())
    const part = await outside.ask(read((answer as { reference: string }).reference, offset, maxBytes))
    expect(part.answer).toEqual({})
    expect(text(part.bytes)).toBe(expected)
  })

  type Options = Parameters<typeof call>[1]
  const refused: [
    name: string,
    effect: ReturnType<typeof write> | ReturnType<typeof read>,
    options: Options,
    code: string,
  ][] = [
    ['a write without a grant', write(), { grants: { files: ['read'] } }, 'not_granted'],
    [
      'a read without a grant',
      read('file:000000000000-00000000000000000000000000000000'),
      { grants: { files: ['write'] } },
      'not_granted',
    ],
    [
      'a reference that was not given',
      read('file:000000000000-00000000000000000000000000000000'),
      { grants: both },
      'not_found',
    ],
    [
      'a path',
      read('file:../../../../../../../../etc/passwd'),
      { grants: both, givenFiles: new Set(['file:../../../../../../../../etc/passwd']) },
      'not_found',
    ],
    [
      'a given reference without a file',
      read('file:000000000000-00000000000000000000000000000000'),
      { grants: both, givenFiles: new Set(['file:000000000000-00000000000000000000000000000000']) },
      'not_found',
    ],
    ['too large', write('a', 'x'.repeat(11)), { grants: both, limits: { fileBytes: 10 } }, 'limit_exceeded'],
    ['too many', write(), { grants: both, limits: { files: 0 } }, 'limit_exceeded'],
    ['no name', write(''), { grants: both }, 'invalid_argument'],
    ['a folder in the name', write('../a'), { grants: both }, 'invalid_argument'],
    ['a line break in the name', write('a\r\nset-cookie: x'), { grants: both }, 'invalid_argument'],
    ['a long name', write('x'.repeat(256)), { grants: both }, 'invalid_argument'],
    ['no media type', write('a', 'x', 'text'), { grants: both }, 'invalid_argument'],
    ['a line break in the media type', write('a', 'x', 'text/html\r\nx: y'), { grants: both }, 'invalid_argument'],
  ]
  test.each(refused)('refused: %s', async (_, effect, options, code) => {
    const outside = call(await engines(), options)
    expect(failure((await outside.ask(effect)).answer)?.code).toBe(code)
    expect(outside.effects.files).toEqual([])
  })

  test('of every name that a person gives', async () => {
    const outside = call(await engines(), { grants: both })
    for (const name of ['a', 'Résumé (1).pdf', '报告.docx', '.hidden', 'x'.repeat(255)])
      expect((await outside.ask(write(name, 'x', 'application/vnd.ms-excel; charset="utf-8"'))).answer).toHaveProperty(
        'reference',
      )
  })

  test('where there is no room: a failure, and nothing half-written', async () => {
    const folder = await temporaryFolder()
    const outside = call(await engines({ filesFolder: folder, fileStoreBytes: 400 }), { grants: both })
    expect((await outside.ask(write())).answer).toHaveProperty('reference')
    const { answer } = await outside.ask(write('b', 'x'.repeat(400)))
    expect(failure(answer)).toMatchObject({ code: 'storage_full' })
    expect(
      (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile()),
    ).toHaveLength(1)
  })
})

describe('what a caller sends along', () => {
  const property = { type: 'FILE', displayName: 'File', required: true } as const

  test('is stored first; the piece is handed its reference', async () => {
    const { files } = await engines()
    const input = { file: { filename: 'a.txt', mediaType: 'text/plain', data: btoa('hello') } }
    const { props, violations, uploads, files: found } = checkProps({ file: property } as never, input)
    expect(violations).toEqual([])
    await storeUploads(files, 'acme', uploads, { fileBytes: 5 })
    const { reference } = props.file as { reference: string }
    expect(props.file).toEqual({ reference, filename: 'a.txt', mediaType: 'text/plain', size: 5 })
    expect(found).toEqual([props.file])
    expect(text((await files.read('acme', fileId(reference)!, 0, 100))!)).toBe('hello')
  })

  test('has a limit', async () => {
    const { files } = await engines()
    const upload = { filename: 'a', mediaType: 'a/b', data: new Uint8Array(6), replace: () => undefined }
    const refused = storeUploads(files, 'acme', [upload], { fileBytes: 5 })
    await expect(refused).rejects.toMatchObject({
      code: 'AP_INVALID_PROPS',
      message: 'a: the file has 6 bytes; fileBytes is 5',
    })
  })
})

describe('a folder of files', () => {
  const DAY_MS = 86_400_000
  const options = { retentionMs: 7 * DAY_MS, storeBytes: 1e6, tenantBytes: 1e6 }
  const info = { filename: 'a.txt', mediaType: 'text/plain' }

  test('outlives its process', async () => {
    const folder = await temporaryFolder()
    const first = await folderFiles({ folder, ...options })
    const { id } = await first.write('acme', info, bytes('hello'))
    await first.close()
    const second = await folderFiles({ folder, ...options })
    expect(text((await second.read('acme', id, 0, 10))!)).toBe('hello')
    const opened = await second.open(id)
    expect(opened!.file).toMatchObject({ ...info, id, tenant: 'acme', size: 5 })
    const parts: Uint8Array[] = []
    for await (const part of opened!.content()) parts.push(part)
    expect(text(Buffer.concat(parts))).toBe('hello')
  })

  test('forgets after its days, and remembers until then', async () => {
    const folder = await temporaryFolder()
    let now = Date.now()
    const files = await folderFiles({ folder, ...options, now: () => now })
    const { id } = await files.write('acme', info, bytes('hello'))
    now += 7 * DAY_MS - 60_000
    expect(await files.sweep()).toBe(0)
    expect(await files.read('acme', id, 0, 10)).toBeDefined()
    now += 120_000
    expect(await files.read('acme', id, 0, 10)).toBeUndefined()
    expect(await files.open(id)).toBeUndefined()
    expect(await files.sweep()).toBe(1)
    expect(await readdir(join(folder, id.slice(0, 12)))).toEqual([])
  })

  test('sweeps what a crash left half-written, and nothing that is being written', async () => {
    const folder = await temporaryFolder()
    const files = await folderFiles({ folder, ...options })
    await writeFile(join(folder, 'writing', 'old'), 'half')
    await utimes(join(folder, 'writing', 'old'), 0, 0)
    await writeFile(join(folder, 'writing', 'new'), 'half')
    expect(await files.sweep()).toBe(1)
    expect(await readdir(join(folder, 'writing'))).toEqual(['new'])
  })

  test('begins without what its predecessor left half-written', async () => {
    const folder = await temporaryFolder()
    const first = await folderFiles({ folder, ...options })
    const { id } = await first.write('acme', info, bytes('whole'))
    await writeFile(join(folder, 'writing', 'half'), 'half')
    const second = await folderFiles({ folder, ...options })
    expect(await readdir(join(folder, 'writing'))).toEqual([])
    expect(await second.read('acme', id, 0, 10)).toEqual(bytes('whole'))
  })

  test('counts what it holds, over restarts and sweeps', async () => {
    const folder = await temporaryFolder()
    let now = Date.now()
    const small = { ...options, storeBytes: 1000, now: () => now }
    const first = await folderFiles({ folder, ...small })
    await first.write('acme', info, new Uint8Array(500))
    const second = await folderFiles({ folder, ...small })
    await expect(second.write('acme', info, new Uint8Array(500))).rejects.toMatchObject({ code: 'AP_STORAGE_FULL' })
    now += 8 * DAY_MS
    await second.sweep()
    await second.write('acme', info, new Uint8Array(500))
  })

  test('a tenant has so much room, and the others theirs', async () => {
    const folder = await temporaryFolder()
    const small = { ...options, tenantBytes: 1000 }
    const first = await folderFiles({ folder, ...small })
    await first.write('acme', info, new Uint8Array(500))
    const files = await folderFiles({ folder, ...small })
    await expect(files.write('acme', info, new Uint8Array(500))).rejects.toMatchObject({ code: 'AP_STORAGE_FULL' })
    await files.write('umbrella', info, new Uint8Array(500))
    await files.write('acme', info, new Uint8Array(50))
  })

  test.each(['ENOSPC', 'EDQUOT'])('a disk that is full (%s) leaves nothing behind', async (code) => {
    const folder = await temporaryFolder()
    const files = await folderFiles({ folder, ...options })
    const handle = await open(join(folder, 'probe'), 'w')
    const prototype = Object.getPrototypeOf(handle) as { writeFile: () => Promise<unknown> }
    await handle.close()
    const full = vi.spyOn(prototype, 'writeFile').mockRejectedValueOnce(Object.assign(new Error(code), { code }))
    await expect(files.write('acme', info, bytes('hello'))).rejects.toBeInstanceOf(PieceError)
    full.mockRestore()
    expect(await readdir(join(folder, 'writing'))).toEqual([])
    expect(asReference(await files.write('acme', info, bytes('hello')))).toMatchObject({ size: 5 })
  })

  test.each([
    '',
    '..',
    'a',
    '0'.repeat(32),
    `${'0'.repeat(12)}-${'0'.repeat(31)}`,
    '../'.repeat(15),
    `${'G'.repeat(12)}-${'0'.repeat(32)}`,
  ])('%j is no id', async (id) => {
    const files = await folderFiles({ folder: await temporaryFolder(), ...options })
    expect(await files.open(id)).toBeUndefined()
  })
})

describe('a signature', () => {
  const id = `${'a'.repeat(12)}-${'a'.repeat(32)}`
  const good = signFile('secret', id)
  test.each([
    ['its own', 'secret', id, good, true],
    ['another file', 'secret', `${'a'.repeat(12)}-${'b'.repeat(32)}`, good, false],
    ['another secret', 'other', id, good, false],
    ['cut', 'secret', id, good.slice(0, -1), false],
    ['longer', 'secret', id, `${good}x`, false],
    ['none', 'secret', id, '', false],
  ])('%s', (_, secret, of, signature, holds) => {
    expect(verifyFile(secret, of, signature)).toBe(holds)
  })
})
