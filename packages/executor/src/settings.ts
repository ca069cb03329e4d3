/**
 * @module settings: the one table of what an operator can set. Flag and environment name follow from a row's key
 * (`cellMemoryBytes` → `--cell-memory-bytes`, `AP_WASM_CELL_MEMORY_BYTES`); `docs/settings.md` is generated from it.
 */
import { availableParallelism, homedir } from 'node:os'
import { join } from 'node:path'
import { PieceError } from './errors.ts'
import { HOST_LIMITS, type HostLimitName, type HostLimits, LIMITS, type LimitName, type Limits } from './limits.ts'
import { choice, cidr, list, origin, text, url, whole } from './settings/kinds.ts'
import { type Row, settingRow as row, settingTable } from './settings/table.ts'

const MiB = 1024 ** 2
const GiB = 1024 * MiB
const DAY_MS = 86_400_000

function userDataFolder(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'ap-wasm')
  if (process.platform === 'win32')
    return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'ap-wasm')
  return join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'ap-wasm')
}

const OWN = {
  host: row(
    text('an address or host name', (value) => value !== '' && !/[\s/]/.test(value)),
    '127.0.0.1',
    'Address to listen on. Anything but a loopback address needs a key first. Once a key was added every call needs one, even after all are revoked; `ap-wasm key add` makes another.',
  ),
  port: row(whole(0, 65_535), 7780, 'Port to listen on; 0 picks a free one.'),
  data: row(
    text('a folder', (value) => value !== ''),
    userDataFolder,
    'Data folder: state, artifacts, files, cache. One executor uses it at a time.',
    { defaultText: "the platform's user data folder; `npm start` uses `.data/` in the clone" },
  ),
  publicUrl: row(url, '', 'Where callers reach this server: the base of the URLs of files.', {
    defaultText: 'none: those URLs are paths on this server',
  }),
  cells: row(whole(1, 256), availableParallelism, 'Processes that run pieces at once.', {
    defaultText: 'the number of processors',
  }),
  cellMemoryBytes: row(whole(256 * MiB, 64 * GiB, 'bytes'), 2 * GiB, 'Linear memory of all calls in one cell.'),
  isolation: row(
    choice('tenant', 'shared'),
    'tenant',
    'Who shares a cell: `tenant` keeps tenants apart; `shared` mixes them, which suits tenants that trust each other.',
  ),
  instances: row(
    choice('kept', 'fresh'),
    'kept',
    'Where a call gets its instance: `kept` puts back those of calls that ended well, byte for byte (docs/pictures.md); `fresh` makes one for every call.',
  ),
  wakePieces: row(
    whole(0, 1_000),
    8,
    'So many pieces, those that were called last, are made ready when the server starts, so that nobody waits for their first call.',
  ),
  requireLayers: row(
    list(text('a layer', (value) => /^[a-z-]+$/.test(value))),
    [],
    'Layers around a cell (`permission`, `prlimit`, `uid`, `bubblewrap`, `seccomp`) without which the server is not ready.',
  ),
  egressPrivate: row(
    list(cidr),
    [],
    'Private address ranges that pieces may reach. Metadata services stay denied. `ap-wasm test` and `dev` allow loopback.',
  ),
  record: row(
    choice('off', 'errors', 'all'),
    'off',
    'Which calls keep a record (input and answers of the outside, secrets replaced) for replay.',
  ),
  recordRetentionMs: row(whole(60_000, 365 * DAY_MS, 'ms'), 7 * DAY_MS, 'How long a record is kept.'),
  recordBytes: row(
    whole(MiB, 1024 * GiB, 'bytes'),
    1 * GiB,
    'Size of all records; beyond it the oldest of the tenants that hold most go. One record is at most a sixteenth of it.',
  ),
  ledgerRetentionMs: row(whole(DAY_MS, 3650 * DAY_MS, 'ms'), 90 * DAY_MS, 'How long a call is listed.'),
  usageRetentionMs: row(
    whole(DAY_MS, 36_500 * DAY_MS, 'ms'),
    3650 * DAY_MS,
    'How long the sums of usage by day are kept.',
  ),
  logRetentionMs: row(whole(60_000, 365 * DAY_MS, 'ms'), 7 * DAY_MS, 'How long the log lines of a call are kept.'),
  logStoreBytes: row(
    whole(MiB, 1024 * GiB, 'bytes'),
    1 * GiB,
    'Size of all kept log lines; beyond it the oldest of the tenants that hold most go.',
  ),
  idempotencyRetentionMs: row(
    whole(60_000, 30 * DAY_MS, 'ms'),
    DAY_MS,
    'How long an Idempotency-Key is remembered with its answer.',
  ),
  idempotencyBytes: row(
    whole(MiB, 64 * GiB, 'bytes'),
    1 * GiB,
    'Size of all answers kept for an Idempotency-Key; beyond it the tenants that hold most get AP_SATURATED for calls with a key.',
  ),
  fileRetentionMs: row(whole(60_000, 365 * DAY_MS, 'ms'), 7 * DAY_MS, 'How long a file that a piece wrote is kept.'),
  fileStoreBytes: row(whole(MiB, 1024 * GiB, 'bytes'), 10 * GiB, 'Size of all files; beyond it a write fails.'),
  cacheDiskBytes: row(whole(64 * MiB, 1024 * GiB, 'bytes'), 4 * GiB, 'Compiled products kept on disk.'),
  cacheMemoryBytes: row(
    whole(16 * MiB, 64 * GiB, 'bytes'),
    512 * MiB,
    'Products kept in memory: what stands around their modules, and modules that the disk has no room for.',
  ),
  requestBytes: row(
    whole(64 * MiB, 64 * GiB, 'bytes'),
    512 * MiB,
    'Bodies of all requests that are being received or answered; beyond it AP_SATURATED.',
  ),
  connections: row(
    whole(16, 1_000_000),
    10_000,
    'Clients that are connected at once, at most half of the files that the process may have open; one more is closed at once.',
  ),
  drainMs: row(whole(0, 600_000, 'ms'), 30_000, 'How long a shutdown waits for running calls before it cuts them off.'),
  secret: row(
    text('at least 32 characters', (value) => value === '' || value.length >= 32),
    '',
    'Encrypts granted environment values and signs file URLs.',
    { flag: false, defaultText: 'a random one, kept in the data folder with mode 0600' },
  ),
  allowOrigins: row(
    list(origin),
    [],
    'Web origins that may call with a key from a browser. Without keys there is no cross-origin access at all.',
  ),
  logLevel: row(
    choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'What the log of the executor (JSON lines on stderr) holds.',
  ),
} as const

type Own = { [K in keyof typeof OWN]: (typeof OWN)[K] extends Row<infer T> ? T : never }
export type Settings = Readonly<Own & Limits & HostLimits>
export type SettingName = keyof Settings

const limitRows = Object.fromEntries(
  Object.entries({ ...LIMITS, ...HOST_LIMITS }).map(([name, limit]) => [
    name,
    row(whole(1, limit.ceiling, limit.unit), limit.default, limit.doc),
  ]),
) as Record<LimitName | HostLimitName, Row<number>>

export const SETTINGS: Readonly<Record<SettingName, Row<unknown>>> = { ...OWN, ...limitRows } as never
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[]

export const {
  flagOf,
  environmentOf,
  fromEnvironment: settingsFromEnvironment,
  fromArguments: settingsFromArguments,
  complete: completeSettings,
} = settingTable<Settings>(SETTINGS, {
  prefix: 'AP_WASM',
  isSecret: (name) => name === 'secret',
  invalid: (setting, value, expected) => new PieceError('AP_SETTING_INVALID', { setting, value, expected }),
})

export const limitsOf = (settings: Settings): Limits =>
  Object.fromEntries((Object.keys(LIMITS) as LimitName[]).map((name) => [name, settings[name]])) as Limits

export const hostLimitsOf = (settings: Settings): HostLimits =>
  Object.fromEntries((Object.keys(HOST_LIMITS) as HostLimitName[]).map((name) => [name, settings[name]])) as HostLimits
