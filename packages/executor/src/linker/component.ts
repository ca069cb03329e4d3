/**
 * @module component: a component's binary → what to instantiate, import and export. Reads what wit-component and the
 * known toolchains write and refuses the rest by name and place; whether it is valid is the validator's question.
 */
import { Refused } from '../errors.ts'
import type { CanonOptions, CoreExport, CoreFunction, CoreInstance, Instance, Item, LiftedFunction } from './plan.ts'
import { concat, leb, Reader } from './reader.ts'
import { Budget, externName, Scope } from './scope.ts'
import { type FunctionType, type Interface, type Resource, withoutVersion } from './types.ts'

/** One core instance: a module and where its imports come from. */
export interface Step {
  readonly module: number
  readonly args: ReadonlyMap<string, CoreInstance>
}

export interface CustomSection {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface Component {
  /** Bodies of the core modules, in the order of the file; not validated here. */
  readonly modules: readonly Uint8Array[]
  readonly steps: readonly Step[]
  /** Component instances that own handles. */
  readonly scopes: number
  /** What it declares, used or not; an interface of types alone has no functions. */
  readonly imports: readonly Interface[]
  readonly exports: readonly Interface[]
  /** Exported functions by `interface#name`, without version. */
  readonly lifted: ReadonlyMap<string, LiftedFunction>
  readonly customSections: readonly CustomSection[]
}

/** Where functions stand that belong to no interface. */
export const ROOT = '$root'

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00]
const MAX_DEPTH = 8
const SECTION = {
  custom: 0,
  module: 1,
  coreInstance: 2,
  component: 4,
  instance: 5,
  alias: 6,
  type: 7,
  canon: 8,
  import: 10,
  export: 11,
} as const
const FOREIGN_SECTIONS: Readonly<Record<number, string>> = { 3: 'core types', 9: 'a start function', 12: 'values' }
const FOREIGN_CANON: Readonly<Record<number, string>> = {
  2: 'resource.new (a resource of its own)',
  4: 'resource.rep (a resource of its own)',
  5: 'task.cancel (async)',
  6: 'subtask.cancel (async)',
  9: 'task.return (async)',
}
const FOREIGN_OPTIONS: Readonly<Record<number, string>> = {
  1: 'strings in UTF-16',
  2: 'strings in Latin-1 or UTF-16',
  6: 'async',
  7: 'a callback (async)',
}

/** Calls `each` for every section of the component in `reader`, with a reader of its content. */
function sections(reader: Reader, each: (id: number, content: Reader, from: number) => void): void {
  const from = reader.at
  if (MAGIC.some((byte, i) => reader.bytes[from + i] !== byte) || from + 8 > reader.end)
    reader.refuse('these bytes are not a WebAssembly component')
  reader.at += 8
  while (!reader.done) {
    const start = reader.at
    const id = reader.byte()
    each(id, reader.slice(reader.u32()), start)
  }
}

class Parser {
  readonly bytes: Uint8Array
  readonly budget = new Budget()
  readonly modules: Uint8Array[] = []
  /** Position of a module's body → its number, so that a component read twice shares its modules. */
  readonly #moduleAt = new Map<number, number>()
  readonly steps: Step[] = []
  readonly imports: Interface[] = []
  readonly customSections: CustomSection[] = []
  scopes = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#collect(new Reader(bytes), 0)
  }

  #collect(reader: Reader, depth: number): void {
    if (depth > MAX_DEPTH) reader.refuse(`components are nested deeper than ${MAX_DEPTH}`)
    sections(reader, (id, content) => {
      if (id === SECTION.module) {
        this.#moduleAt.set(content.at, this.modules.length)
        this.modules.push(content.rest())
        this.budget.spend('instances', content)
      } else if (id === SECTION.component) this.#collect(content, depth + 1)
      else if (id === SECTION.custom && depth === 0) {
        const name = content.name()
        this.customSections.push({ name, bytes: content.rest() })
      }
    })
  }

  /** Reads one component; `args` are what it is instantiated with, `undefined` for the outermost. */
  evaluate(reader: Reader, parent: Scope | undefined, args: ReadonlyMap<string, Item> | undefined): Scope {
    this.budget.spend('nested components', reader)
    const scope = new Scope(parent, this.budget)
    let number = -1
    const scopeNumber = () => (number < 0 ? (number = this.scopes++) : number)
    sections(reader, (id, content) => {
      const items = (read: () => void) => {
        content.vector(() => {
          this.budget.spend('items', content)
          read()
        })
        if (!content.done) content.refuse(`section ${id} has bytes after its last item`)
      }
      switch (id) {
        case SECTION.custom:
          return
        case SECTION.module:
          scope.coreModules.push(this.#moduleAt.get(content.at)!)
          return
        case SECTION.component:
          scope.components.push({ from: content.at, to: content.end, parent: scope })
          return
        case SECTION.coreInstance:
          return items(() => scope.coreInstances.push(this.#coreInstance(content, scope)))
        case SECTION.instance:
          return items(() => scope.instances.push(this.#instance(content, scope)))
        case SECTION.alias:
          return items(() => scope.alias(content))
        case SECTION.type:
          return items(() => scope.types.push(scope.type(content)))
        case SECTION.canon:
          return items(() => canon(content, scope, scopeNumber))
        case SECTION.import:
          return items(() => (args ? inward(content, scope, args) : this.#import(content, scope)))
        case SECTION.export:
          return items(() => exported(content, scope))
        default:
          content.refuse(`${FOREIGN_SECTIONS[id] ?? `section ${id}`} in a component: not supported`)
      }
    })
    return scope
  }

  #coreInstance(reader: Reader, scope: Scope): CoreInstance {
    const kind = reader.byte()
    if (kind === 0) {
      this.budget.spend('instances', reader)
      const module = scope.index(reader, scope.coreModules, 'core module')
      const args = new Map<string, CoreInstance>()
      reader.vector(() => {
        const name = reader.name()
        if (reader.byte() !== 0x12) reader.refuse('a core argument that is no instance')
        args.set(name, scope.index(reader, scope.coreInstances, 'core instance'))
      })
      return { kind: 'instance', step: this.steps.push({ module, args }) - 1 }
    }
    if (kind !== 1) reader.refuse(`core instance 0x${kind.toString(16)}`)
    const items = new Map<string, CoreFunction>()
    reader.vector(() => {
      this.budget.spend('items', reader)
      const name = reader.name()
      items.set(name, scope.index(reader, scope.coreSpace(reader, reader.byte()), 'core item'))
    })
    return { kind: 'exports', items }
  }

  #instance(reader: Reader, scope: Scope): Instance {
    const kind = reader.byte()
    if (kind === 1) {
      const exports = new Map<string, Item>()
      reader.vector(() => {
        this.budget.spend('items', reader)
        exports.set(externName(reader), scope.item(reader))
      })
      return { exports }
    }
    if (kind !== 0) reader.refuse(`instance 0x${kind.toString(16)}`)
    const { from, to, parent } = scope.index(reader, scope.components, 'component')
    const args = new Map<string, Item>()
    reader.vector(() => {
      this.budget.spend('items', reader)
      args.set(reader.name(), scope.item(reader))
    })
    return { exports: this.evaluate(new Reader(this.bytes, from, to), parent, args).exports }
  }

  /** An import of the outermost component: an interface, or a function of the world. */
  #import(reader: Reader, scope: Scope): void {
    const name = externName(reader)
    const fresh: Resource[] = []
    const extern = scope.declare(reader, name, fresh)
    if (extern.sort === 'function') {
      const definition = { kind: 'import', interface: ROOT, name, type: extern.type } as const
      scope.functions[scope.functions.length - 1] = definition
      this.imports.push({ name: ROOT, functions: new Map([[name, extern.type]]) })
      return
    }
    if (extern.sort === 'type') {
      for (const resource of fresh) resource.interface = ROOT
      return
    }
    if (extern.sort !== 'instance') reader.refuse(`the import "${name}" is a component: not supported`)
    for (const resource of extern.type.fresh) {
      if (resource.interface !== '')
        reader.refuse(`"${name}" shares its type, which declares resources, with another import`)
      resource.interface = name
    }
    const functions = new Map<string, FunctionType>()
    const exports = new Map<string, Item>()
    for (const [key, item] of extern.type.exports) {
      if (item.sort === 'function') {
        functions.set(key, item.type)
        exports.set(key, {
          sort: 'function',
          definition: { kind: 'import', interface: name, name: key, type: item.type },
        })
      } else if (item.sort === 'type') exports.set(key, item)
      else reader.refuse(`the import "${name}" holds an ${item.sort} "${key}": not supported`)
    }
    scope.instances[scope.instances.length - 1] = { exports }
    this.imports.push({ name, functions })
  }
}

/** An import of a nested component: what it was instantiated with takes the place of what it declares. */
function inward(reader: Reader, scope: Scope, args: ReadonlyMap<string, Item>): void {
  const name = externName(reader)
  const { sort } = scope.declare(reader, name, [])
  const item = args.get(name)
  if (item?.sort !== sort) reader.refuse(`a nested component is not given its import "${name}"`)
  if (item.sort === 'function') scope.functions[scope.functions.length - 1] = item.definition
  else if (item.sort === 'type') scope.types[scope.types.length - 1] = item.type
  else if (item.sort === 'instance') scope.instances[scope.instances.length - 1] = item.instance
  else reader.refuse(`a nested component imports a component "${name}": not supported`)
}

function exported(reader: Reader, scope: Scope): void {
  const name = externName(reader)
  const sort = reader.peek()
  const item = scope.item(reader)
  // The ascribed type is a supertype that the validator checked; the item keeps the type that it has.
  if (reader.byte() !== 0) scope.extern(reader, name, [])
  scope.exports.set(name, item)
  scope.add(reader, sort, item)
}

function canon(reader: Reader, scope: Scope, number: () => number): void {
  const kind = reader.byte()
  if (kind === 0 || kind === 1) {
    if (reader.byte() !== 0) reader.refuse('a canonical function of unknown kind')
  }
  if (kind === 0) {
    const core = coreExport(reader, scope.coreFunctions)
    const options = canonOptions(reader, scope)
    scope.functions.push({ kind: 'lift', core, options, type: scope.functionType(reader), scope: number() })
  } else if (kind === 1) {
    const target = scope.index(reader, scope.functions, 'function')
    scope.coreFunctions.push({ kind: 'lower', target, options: canonOptions(reader, scope), scope: number() })
  } else if (kind === 3) scope.coreFunctions.push({ kind: 'drop', resource: scope.resource(reader), scope: number() })
  else reader.refuse(`canonical function 0x${kind.toString(16)}: ${FOREIGN_CANON[kind] ?? 'async'} is not supported`)
}

function canonOptions(reader: Reader, scope: Scope): CanonOptions {
  const options: { memory?: CoreExport; realloc?: CoreExport; postReturn?: CoreExport } = {}
  reader.vector(() => {
    const kind = reader.byte()
    if (kind === 0) return
    if (kind === 3) options.memory = coreExport(reader, scope.coreItems[1]!)
    else if (kind === 4) options.realloc = coreExport(reader, scope.coreFunctions)
    else if (kind === 5) options.postReturn = coreExport(reader, scope.coreFunctions)
    else reader.refuse(`canonical option 0x${kind.toString(16)}: ${FOREIGN_OPTIONS[kind] ?? 'unknown'}: not supported`)
  })
  return options
}

function coreExport(reader: Reader, space: readonly CoreFunction[]): CoreExport {
  const item = space[reader.u32()]
  return item?.kind === 'core-export'
    ? item
    : reader.refuse('a canonical function names something that no module exports')
}

/** Reads a component; throws `Refused` with the place of what is not understood. */
export function parseComponent(bytes: Uint8Array): Component {
  const parser = new Parser(bytes)
  const scope = parser.evaluate(new Reader(bytes), undefined, undefined)
  const exports: Interface[] = []
  const lifted = new Map<string, LiftedFunction>()
  const root = new Map<string, FunctionType>()
  const add = (name: string, definition: Item, key: string, functions: Map<string, FunctionType>) => {
    if (definition.sort !== 'function') return
    functions.set(key, definition.definition.type)
    if (definition.definition.kind === 'lift') lifted.set(`${withoutVersion(name)}#${key}`, definition.definition)
  }
  for (const [name, item] of scope.exports) {
    if (item.sort === 'instance') {
      const functions = new Map<string, FunctionType>()
      for (const [key, inner] of item.instance.exports) add(name, inner, key, functions)
      exports.push({ name, functions })
    } else if (item.sort === 'function') add(ROOT, item, name, root)
    else if (item.sort === 'component') throw new Refused(`the export "${name}" is a component`)
  }
  if (root.size) exports.push({ name: ROOT, functions: root })
  const { modules, steps, scopes, imports, customSections } = parser
  return { modules, steps, scopes, imports, exports, lifted, customSections }
}

/** The component with the body of each core module replaced. */
export function replaceModules(bytes: Uint8Array, bodies: readonly Uint8Array[]): Uint8Array {
  let next = 0
  const rewritten = (reader: Reader): Uint8Array => {
    const parts: Uint8Array[] = [reader.bytes.subarray(reader.at, reader.at + 8)]
    sections(reader, (id, content, from) => {
      const body =
        id === SECTION.module
          ? (bodies[next++] ?? content.refuse(`${bodies.length} bodies are given; there are more core modules`))
          : id === SECTION.component
            ? rewritten(content)
            : undefined
      if (body) parts.push(Uint8Array.from([id, ...leb(body.length)]), body)
      else parts.push(reader.bytes.subarray(from, content.end))
    })
    return concat(parts)
  }
  const result = rewritten(new Reader(bytes))
  if (next !== bodies.length) throw new Refused(`${bodies.length} bodies are given for ${next} core modules`)
  return result
}
