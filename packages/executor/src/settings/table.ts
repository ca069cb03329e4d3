/** @module settings/table: from a table of settings to what reads them: flags, environment names, defaults, refusals. */
import type { Kind } from './kinds.ts'

export interface Row<T> {
  kind: Kind<T>
  /** A function where the machine decides. */
  default: T | (() => T)
  /** How the documentation writes a default that the machine decides. */
  defaultText?: string
  doc: string
  /** False: never a flag, because arguments of a process can be read by others on the machine. */
  flag?: false
}

export const settingRow = <T>(
  kind: Kind<T>,
  fallback: T | (() => T),
  doc: string,
  more: Partial<Row<T>> = {},
): Row<T> => ({ kind, default: fallback, doc, ...more })

export interface SettingTable<S> {
  /** `cellMemoryBytes` → `--cell-memory-bytes` */
  flagOf(name: keyof S & string): string
  /** `cellMemoryBytes` → `AP_WASM_CELL_MEMORY_BYTES` */
  environmentOf(name: keyof S & string): string
  /** What the environment says; names that no row has are somebody else's (the command line has its own). */
  fromEnvironment(env: Readonly<Record<string, string | undefined>>): Partial<S>
  /** What the arguments say: `--port 0`, `--port=0`. An unknown one is an error. */
  fromArguments(args: readonly string[]): Partial<S>
  /** Cloned, checked, filled with defaults and frozen: inside, no setting is absent or out of range. */
  complete(given?: Partial<S>): S
}

export interface SettingTableOptions {
  /** Of the environment: `AP_WASM`. */
  prefix: string
  /** Whose value no message repeats. */
  isSecret(name: string): boolean
  invalid(setting: string, value: string, expected: string): Error
}

const words = (name: string): string[] => name.split(/(?=[A-Z])/).map((word) => word.toLowerCase())

const splitOnce = (value: string, at: string): string[] => {
  const index = value.indexOf(at)
  return index < 0 ? [value] : [value.slice(0, index), value.slice(index + at.length)]
}

export function settingTable<S extends object>(
  rows: Readonly<Record<keyof S & string, Row<unknown>>>,
  { prefix, isSecret, invalid }: SettingTableOptions,
): SettingTable<S> {
  type Name = keyof S & string
  const names = Object.keys(rows) as Name[]
  const flagOf = (name: Name): string => `--${words(name).join('-')}`
  const environmentOf = (name: Name): string => `${prefix}_${words(name).join('_').toUpperCase()}`
  const shown = (name: string, value: unknown): string => (isSecret(name) ? '…' : String(value))

  function parsed(name: Name, source: string, value: string): unknown {
    const found = rows[name].kind.fromText(value)
    if (found === undefined) throw invalid(source, shown(name, value), rows[name].kind.expected)
    return found
  }

  return {
    flagOf,
    environmentOf,

    fromEnvironment(env) {
      const found: Record<string, unknown> = {}
      for (const name of names) {
        const value = env[environmentOf(name)]
        if (value !== undefined) found[name] = parsed(name, environmentOf(name), value)
      }
      return found as Partial<S>
    },

    fromArguments(args) {
      const byFlag = new Map(names.filter((name) => rows[name].flag !== false).map((name) => [flagOf(name), name]))
      const found: Record<string, unknown> = {}
      for (let i = 0; i < args.length; i++) {
        const [flag = '', inline] = splitOnce(args[i] ?? '', '=')
        const name = byFlag.get(flag)
        if (!name) throw invalid(flag, inline ?? '', `one of ${[...byFlag.keys()].join(', ')}`)
        const value = inline ?? args[++i]
        if (value === undefined) throw invalid(flag, '', rows[name].kind.expected)
        found[name] = parsed(name, flag, value)
      }
      return found as Partial<S>
    },

    complete(given = {}) {
      const values: Record<string, unknown> = {}
      for (const [name, value] of Object.entries(given)) {
        if (!Object.hasOwn(rows, name)) throw invalid(name, String(value), `one of ${names.join(', ')}`)
        if (value === undefined) continue
        const { kind } = rows[name as Name]
        if (!kind.fits(value)) throw invalid(name, shown(name, value), kind.expected)
        values[name] = Array.isArray(value) ? Object.freeze([...value]) : value
      }
      for (const name of names) {
        const { default: fallback } = rows[name]
        values[name] ??= typeof fallback === 'function' ? (fallback as () => unknown)() : fallback
      }
      return Object.freeze(values) as S
    },
  }
}
