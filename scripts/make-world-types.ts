/**
 * The world as TypeScript: what each imported function takes and gives, in the linker's representation of WIT values. The
 * host bindings are checked against it, so that the contract and they cannot drift apart.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseComponent } from '../packages/executor/src/linker/component.ts'
import { camelCase, type FunctionType, type ValueType, withoutVersion } from '../packages/executor/src/linker/types.ts'
import { referenceComponent, wit } from './make-reference.ts'

const pascalCase = (name: string): string => camelCase(name).replace(/^./, (letter) => letter.toUpperCase())

/** Components know no names of types; the WIT text does. */
function namesOfTypes(): Map<string, string> {
  const names = new Map<string, string>()
  const files = [
    join(wit, 'piece.wit'),
    ...readdirSync(join(wit, 'deps')).map((d) => join(wit, 'deps', d, 'package.wit')),
  ]
  for (const file of files) {
    const text = readFileSync(file, 'utf8').replace(/\/\/.*$|<[^{}]*?>/gm, '')
    const space = /^package [a-z]+:([a-z-]+)/m.exec(text)![1]!
    for (const [, kind, name, body] of text.matchAll(
      /\b(record|variant|enum|flags)\s+%?([A-Za-z0-9-]+)\s*\{([^}]*)\}/g,
    )) {
      const cases = [...body!.matchAll(/(?:^|,)\s*%?([A-Za-z0-9-]+)/g)].map(([, one]) => one!)
      names.set(keyOf(kind!, cases), pascalCase(`${space}-${name}`))
    }
  }
  return names
}

const keyOf = (kind: string, cases: readonly string[]): string => `${kind} ${cases.join(' ')}`

/** Writes types; those with a name are declared once. */
class Writer {
  readonly declarations = new Map<string, string>()
  readonly resources = new Set<string>()
  readonly #names = namesOfTypes()

  type(type: ValueType | undefined): string {
    if (type === undefined) return 'undefined'
    switch (type.kind) {
      case 'bool':
        return 'boolean'
      case 'string':
      case 'char':
        return 'string'
      case 's64':
      case 'u64':
        return 'bigint'
      case 'list':
        return type.element.kind === 'u8' ? 'Uint8Array' : `readonly ${this.#element(type.element)}[]`
      case 'tuple':
        return `readonly [${type.elements.map((one) => this.type(one)).join(', ')}]`
      case 'option':
        return `${this.type(type.element)} | undefined`
      case 'result':
        return `Result<${this.type(type.ok)}, ${this.type(type.err)}>`
      case 'own':
      case 'borrow': {
        const name = `${withoutVersion(type.resource.interface)}.${type.resource.name}`
        this.resources.add(name)
        return `R['${name}']`
      }
      case 'record':
        return this.#named('record', type.fields, () =>
          type.fields.map((one) => `${this.#member(camelCase(one.name), one.type)}`).join('; '),
        )
      case 'flags':
        return this.#named(
          'flags',
          type.names.map((name) => ({ name })),
          () => type.names.map((name) => `${camelCase(name)}: boolean`).join('; '),
        )
      case 'enum':
        return this.#named(
          'enum',
          type.names.map((name) => ({ name })),
          () => type.names.map((name) => `'${name}'`).join(' | '),
        )
      case 'variant':
        return this.#named('variant', type.cases, () =>
          type.cases.map((one) => `{ tag: '${one.name}'; ${this.#member('val', one.type)} }`).join(' | '),
        )
      default:
        return 'number'
    }
  }

  function({ params, result }: FunctionType): string {
    const list = params.map(
      (one) =>
        `${camelCase(one.name)
          .replace(/^in$/, 'list')
          .replace(/^this$/, 'self')}: ${this.type(one.type)}`,
    )
    return `(${list.join(', ')}) => ${this.type(result)}`
  }

  #element(type: ValueType): string {
    const text = this.type(type)
    return /[ |]/.test(text) ? `(${text})` : text
  }
  #member(name: string, type: ValueType | undefined): string {
    if (type === undefined) return `${name}?: undefined`
    return `${name}${type.kind === 'option' ? '?' : ''}: ${this.type(type)}`
  }
  #named(kind: string, cases: readonly { name: string }[], write: () => string): string {
    const key = keyOf(
      kind,
      cases.map((one) => one.name),
    )
    const name = this.#names.get(key)
    if (name === undefined) throw new Error(`no type in wit/ has these cases: ${key}`)
    const text = kind === 'record' || kind === 'flags' ? `{ ${write()} }` : write()
    // A type that holds handles depends on what stands for them.
    const generic = /\bR\[|<R>/.test(text) ? '<R extends Resources>' : ''
    this.declarations.set(name, `export type ${name}${generic} = ${text}`)
    return generic === '' ? name : `${name}<R>`
  }
}

export async function makeWorldTypes(): Promise<string> {
  const { imports } = parseComponent(await referenceComponent())
  const writer = new Writer()
  const interfaces = imports
    .map(({ name, functions }) => ({ name: withoutVersion(name), functions }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, functions }) => {
      const lines = [...functions].map(([func, type]) => `    '${func}': ${writer.function(type)}`)
      return lines.length === 0 ? `  '${name}': Record<never, never>` : `  '${name}': {\n${lines.join('\n')}\n  }`
    })
  const resources = [...writer.resources].sort().map((name) => `  '${name}': object`)
  return `// Generated by scripts/generate.ts from wit/: do not edit.

/** Which object of the host stands for each resource. */
export interface Resources {
${resources.join('\n')}
}

export type Result<T, E> = { tag: 'ok'; val: T } | { tag: 'err'; val: E }

${[...writer.declarations.values()].join('\n')}

/** Functions of each interface by their WIT names. */
export interface World<R extends Resources> {
${interfaces.join('\n')}
}
`
}
