/** @module drivers: a real PostgreSQL and a real S3 server for the suites, where the machine has them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '@ap-wasm/registry'
import { goInstall, goProgram } from '../go-programs.ts'

export interface Drivers {
  name: string
  /** Why it is skipped here; absent: it runs. */
  missing?: string
  open(): Promise<{ settings: Partial<Settings>; close(): Promise<void> }>
}

const required = process.env.AP_WASM_TOOLCHAINS === 'required'

const postgresFolder = (): string | undefined => {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map((version) => join(root, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')))
}
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

const ended = (child: ChildProcess): Promise<unknown> =>
  child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : Promise.resolve()

async function until(isReady: () => Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await isReady().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what} did not come up`)
}

/** PostgreSQL refuses to run as root: then it runs as nobody. */
const asUser: { uid: number; gid: number } | Record<never, never> =
  userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {}

async function openPostgres(bin: string, folder: string): Promise<{ url: string; close(): Promise<void> }> {
  const data = join(folder, 'pg')
  mkdirSync(data)
  if ('uid' in asUser) for (const path of [folder, data]) chownSync(path, asUser.uid, asUser.gid)
  const options = { ...asUser, stdio: 'ignore', cwd: folder, env: { LANG: 'C', PATH: process.env.PATH } } as const
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '--no-sync'], options)
  const port = await freePort()
  const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, '-c', 'fsync=off']
  const child = spawn(join(bin, 'postgres'), args, options)
  const url = `postgres://test@127.0.0.1:${port}/postgres`
  await until(async () => {
    execFileSync(join(bin, 'psql'), ['-q', '-c', 'select 1', url], { ...options, timeout: 2_000 })
    return true
  }, 'PostgreSQL')
  return {
    url,
    async close() {
      child.kill('SIGINT')
      await ended(child)
    },
  }
}

async function openS3(binary: string, folder: string): Promise<{ url: string; close(): Promise<void> }> {
  const root = join(folder, 's3')
  mkdirSync(join(root, 'pieces'), { recursive: true })
  const port = await freePort()
  const child = spawn(
    binary,
    ['--port', `127.0.0.1:${port}`, '--access', 'access', '--secret', 'secret', 'posix', root],
    {
      stdio: 'ignore',
    },
  )
  await until(async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0, 'versitygw')
  return {
    url: `http://127.0.0.1:${port}/pieces`,
    async close() {
      child.kill('SIGTERM')
      await ended(child)
    },
  }
}

const pg = postgresFolder()
const s3 = goProgram('versitygw')
const lacks = [...(pg ? [] : ['apt-get install postgresql']), ...(s3 ? [] : [goInstall('versitygw')])].join(' && ')

export const DRIVERS: readonly Drivers[] = [
  { name: 'SQLite and a folder', open: async () => ({ settings: {}, close: async () => {} }) },
  {
    name: 'PostgreSQL and S3',
    // Where toolchains are required, a missing one fails the suite instead of skipping it.
    ...(lacks !== '' && !required ? { missing: lacks } : {}),
    async open() {
      if (!pg || !s3) throw new Error(`missing here: ${lacks}`)
      const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-drivers-'))
      const [database, bucket] = [await openPostgres(pg, folder), await openS3(s3, folder)]
      return {
        settings: { database: database.url, blobs: bucket.url, s3AccessKey: 'access', s3SecretKey: 'secret' },
        async close() {
          await Promise.all([database.close(), bucket.close()])
          rmSync(folder, { recursive: true, force: true })
        },
      }
    },
  },
]

export const titleOf = ({ name, missing }: Drivers): string => (missing ? `${name} (skipped: ${missing})` : name)
