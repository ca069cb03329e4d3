/**
 * @module settings: the one table of what an operator of a registry can set. Flag and environment name follow from a row's
 * key (`uploadBytes` → `--upload-bytes`, `AP_REGISTRY_UPLOAD_BYTES`); docs/registry-tables.md is generated from it.
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { choice, settingRow as row, type SettingRow, settingTable, text, url, whole } from '@ap-wasm/executor'
import { RegistryError } from './errors.ts'

const MiB = 1024 ** 2
const GiB = 1024 * MiB
const DAY_MS = 86_400_000

const TABLE = {
  host: row(
    text('an address or host name', (value) => value !== '' && !/[\s/]/.test(value)),
    '127.0.0.1',
    'Address to listen on.',
  ),
  port: row(whole(0, 65_535), 7790, 'Port to listen on; 0 picks a free one.'),
  playgroundPort: row(
    whole(0, 65_535),
    7791,
    'Port of the playground: an origin of its own, which never sees a cookie; 0 picks a free one.',
  ),
  publicUrl: row(url, '', 'Where visitors reach this registry; cookies are secure where it is https.', {
    defaultText: 'where it listens',
  }),
  playgroundUrl: row(url, '', 'Where visitors reach the playground: another host than `publicUrl`, or another port.', {
    defaultText: 'where it listens',
  }),
  title: row(
    text('up to 40 characters', (value) => value.length > 0 && value.length <= 40),
    'ap-wasm registry',
    'What the pages call it.',
  ),
  data: row(
    text('a folder', (value) => value !== ''),
    () => join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'ap-wasm-registry'),
    'Data folder: the catalog if it is SQLite, the artifacts if they are files, what the inspector needs.',
    { defaultText: '`~/.local/share/ap-wasm-registry`; `npm run registry` uses `.data/registry` in the clone' },
  ),
  database: row(
    text('`sqlite`, or a postgres:// URL', (value) => value === 'sqlite' || /^postgres(ql)?:\/\//.test(value)),
    'sqlite',
    'Where the catalog is. The URL of a PostgreSQL holds its password: it is never a flag.',
    { flag: false },
  ),
  blobs: row(
    text('`folder`, or the URL of a bucket: https://s3.example.com/bucket', (value) =>
      value === 'folder' ? true : /^https?:\/\/[^/]+\/[^/?#]+$/.test(value),
    ),
    'folder',
    'Where the artifacts are: files, or a bucket that speaks S3.',
  ),
  s3Region: row(text('a region'), 'us-east-1', 'Region of the bucket.'),
  s3AccessKey: row(text('a key id'), '', 'Who reads and writes the bucket.', { defaultText: 'none', flag: false }),
  s3SecretKey: row(text('a secret'), '', 'The secret of that key.', { defaultText: 'none', flag: false }),
  signUp: row(
    choice('open', 'closed'),
    'open',
    'Whether visitors may make accounts; otherwise the operator does: `ap-wasm-registry account <name>`.',
  ),
  uploadBytes: row(whole(MiB, 50 * MiB, 'bytes'), 50 * MiB, 'One artifact.'),
  uploadsBytes: row(whole(MiB, 4 * GiB, 'bytes'), 128 * MiB, 'All uploads under way at once; beyond it: AR_SATURATED.'),
  publishesPerDay: row(whole(1, 100_000), 200, 'New versions of one account in 24 hours.'),
  publishedBytesPerDay: row(whole(MiB, 1024 * GiB, 'bytes'), 2 * GiB, 'Their bytes.'),
  tokenPublishesPerDay: row(whole(1, 100_000), 100, 'The same of one token; a token may be made with a lower limit.'),
  tokenPublishedBytesPerDay: row(whole(MiB, 1024 * GiB, 'bytes'), GiB, 'The bytes of one token.'),
  requestsPerMinute: row(whole(10, 1_000_000), 1_200, 'Requests from one address.'),
  signInsPerMinute: row(
    whole(1, 10_000),
    20,
    'Attempts to sign in, to make an account or to enter a code, from one address.',
  ),
  trustProxy: row(
    choice('no', 'loopback', 'yes'),
    'no',
    'Whether `x-forwarded-for` says who asks: only where a proxy of yours sets it.',
  ),
  sessionMs: row(whole(60_000, 365 * DAY_MS, 'ms'), 30 * DAY_MS, 'How long a sign-in on the pages lasts.'),
  connections: row(
    whole(16, 1_000_000),
    10_000,
    'Clients that are connected at once, to the registry and to its playground each, at most a quarter of the files that the process may have open; one more is closed at once.',
  ),
  drainMs: row(whole(0, 600_000, 'ms'), 10_000, 'How long a shutdown waits for what is under way.'),
  logLevel: row(
    choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'What the log (JSON lines on stderr) holds. It never holds an address of a visitor.',
  ),
} as const

export type Settings = Readonly<{
  [K in keyof typeof TABLE]: (typeof TABLE)[K] extends SettingRow<infer T> ? T : never
}>
export const SETTINGS: Readonly<Record<keyof Settings, SettingRow<unknown>>> = TABLE as never

const SECRETS: ReadonlySet<string> = new Set(['database', 's3SecretKey'])

export const {
  flagOf,
  environmentOf,
  fromEnvironment: settingsFromEnvironment,
  fromArguments: settingsFromArguments,
  complete: completeSettings,
} = settingTable<Settings>(SETTINGS, {
  prefix: 'AP_REGISTRY',
  isSecret: (name) => SECRETS.has(name),
  invalid: (setting, value, expected) => new RegistryError('AR_SETTING_INVALID', { setting, value, expected }),
})
