/** @module piece/permissions: what a piece asks for, in plain words, the risky first. */
import type { Ask } from './piece-json.ts'

export interface Permission {
  /** As the executor names it: `http https://api.example.com`, `store flow`. */
  key: string
  words: string
  /** Shown in red: it opens more than one named place. */
  wide: boolean
}

const WORDS: Record<string, Record<string, string>> = {
  store: { flow: 'keep state for each flow', project: 'keep state for all flows of the project' },
  files: { read: 'read the files it is given', write: 'write files that later steps can read' },
  run: { respond: 'answer the HTTP request that started the run', stop: 'end the run', wait: 'pause the run' },
}

function httpWords(pattern: string): string {
  if (pattern.startsWith('{')) return `send requests to the address in the connection (${pattern.slice(1, -1)})`
  if (pattern === 'https://*') return 'send requests to ANY public host'
  if (pattern.includes('*.')) return `send requests to every host below ${pattern.split('*.')[1]}`
  return `send requests to ${pattern}`
}

export function permissions(ask: Ask): Permission[] {
  return [
    ...ask.http.map((p) => ({ key: `http ${p}`, words: httpWords(p), wide: p.includes('*') })),
    ...Object.entries(ask.env).map(([name, { required, description }]) => ({
      key: `env ${name}`,
      words: `read the variable ${name}${required ? '' : ' (optional)'}${description ? `: ${description}` : ''}`,
      wide: false,
    })),
    ...(['store', 'files', 'run'] as const).flatMap((kind) =>
      ask[kind].map((item) => ({ key: `${kind} ${item}`, words: WORDS[kind]![item]!, wide: false })),
    ),
  ].sort((a, b) => Number(b.wide) - Number(a.wide))
}

export interface PermissionChange {
  sign: '+' | '-' | ' '
  permission: Permission
}

/** What changes from one ask to another: gained first, then kept, then given up. */
export function permissionDiff(from: Ask | undefined, to: Ask): PermissionChange[] {
  const before = from ? permissions(from) : []
  const after = permissions(to)
  const had = new Set(before.map((p) => p.key))
  const has = new Set(after.map((p) => p.key))
  return [
    ...after.filter((p) => !had.has(p.key)).map((permission) => ({ sign: '+' as const, permission })),
    ...after.filter((p) => had.has(p.key)).map((permission) => ({ sign: ' ' as const, permission })),
    ...before.filter((p) => !has.has(p.key)).map((permission) => ({ sign: '-' as const, permission })),
  ]
}
