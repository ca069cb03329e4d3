/**
 * @module scope: the index spaces of one component while it is read: types, functions, instances and core items, and the
 * aliases between them (component-model `Binary.md`).
 */
import type {
  AnyType,
  Closure,
  ComponentType,
  CoreFunction,
  CoreInstance,
  Extern,
  ImportedFunction,
  Instance,
  InstanceType,
  Item,
  LiftedFunction,
} from './plan.ts'
import type { Reader } from './reader.ts'
import { type Case, type Field, type FunctionType, PRIMITIVES, type Resource, type ValueType } from './types.ts'

/** What all scopes of one component spend together, so that sharing cannot make reading exponential. */
export class Budget {
  static readonly limits = { items: 200_000, types: 20_000, instances: 1_000, 'nested components': 256 }
  readonly #spent: Record<keyof typeof Budget.limits, number> = {
    items: 0,
    types: 0,
    instances: 0,
    'nested components': 0,
  }
  /** What a type unfolds to, and how deep: printing and comparing are linear in it. */
  readonly #unfolded = new WeakMap<object, { weight: number; depth: number }>()

  spend(what: keyof typeof Budget.limits, reader: Reader, count = 1): number {
    const spent = (this.#spent[what] += count)
    if (spent > Budget.limits[what]) reader.refuse(`more than ${Budget.limits[what]} ${what}`)
    return spent
  }

  measured<T extends object>(type: T, parts: readonly (object | undefined)[], reader: Reader): T {
    let weight = 1 + parts.length
    let depth = 0
    for (const part of parts) {
      const inner = part && this.#unfolded.get(part)
      weight += inner?.weight ?? 0
      depth = Math.max(depth, inner?.depth ?? 0)
    }
    if (weight > 10_000) reader.refuse('a type unfolds to more than 10000 parts')
    if (depth >= 64) reader.refuse('types are nested deeper than 64')
    this.#unfolded.set(type, { weight, depth: depth + 1 })
    return type
  }
}

const VALUE_CODES: ReadonlyMap<number, ValueType> = new Map(PRIMITIVES.map((kind, i) => [0x7f - i, { kind }]))
const FOREIGN_TYPES: Readonly<Record<number, string>> = {
  63: 'a resource of its own',
  67: 'an async function',
  99: 'a map',
  100: 'an error-context',
  101: 'a future',
  102: 'a stream',
  103: 'a list of fixed length',
}
const VALUE_KINDS: ReadonlySet<string> = new Set([
  ...PRIMITIVES,
  'list',
  'record',
  'tuple',
  'variant',
  'enum',
  'flags',
  'option',
  'result',
  'own',
  'borrow',
])

export class Scope {
  readonly parent: Scope | undefined
  readonly budget: Budget
  readonly coreModules: number[] = []
  readonly coreInstances: CoreInstance[] = []
  readonly coreFunctions: CoreFunction[] = []
  /** Tables, memories, globals and tags by their core sort. */
  readonly coreItems: readonly CoreFunction[][] = [[], [], [], []]
  readonly components: (Closure | undefined)[] = []
  readonly instances: Instance[] = []
  readonly functions: (ImportedFunction | LiftedFunction | undefined)[] = []
  readonly types: AnyType[] = []
  readonly exports = new Map<string, Item>()

  constructor(parent: Scope | undefined, budget: Budget) {
    this.parent = parent
    this.budget = budget
  }

  /** The item of an index space at the index that comes next. */
  index<T>(reader: Reader, space: readonly T[], what: string): NonNullable<T> {
    const index = reader.u32()
    const item = space[index]
    if (item === undefined || item === null) reader.refuse(`there is no ${what} ${index}`)
    return item
  }

  /** Functions are 0; tables, memories, globals and tags follow. */
  coreSpace(reader: Reader, sort: number): CoreFunction[] {
    return sort === 0
      ? this.coreFunctions
      : (this.coreItems[sort - 1] ?? reader.refuse(`core sort 0x${sort.toString(16)} is not used by known toolchains`))
  }

  valueType(reader: Reader): ValueType {
    const code = reader.peek()
    if (code >= 0x40 && code < 0x80) {
      reader.byte()
      return (
        VALUE_CODES.get(code) ?? reader.refuse(`${FOREIGN_TYPES[code] ?? `type 0x${code.toString(16)}`} is no value`)
      )
    }
    const type = this.index(reader, this.types, 'type')
    return VALUE_KINDS.has(type.kind) ? (type as ValueType) : reader.refuse(`a ${type.kind} is no value`)
  }

  functionType(reader: Reader): FunctionType {
    const type = this.index(reader, this.types, 'type')
    return type.kind === 'function' ? type : reader.refuse(`a ${type.kind} is no function type`)
  }

  resource(reader: Reader): Resource {
    const type = this.index(reader, this.types, 'type')
    return type.kind === 'resource' ? type : reader.refuse(`a ${type.kind} is no resource`)
  }

  instanceType(reader: Reader): InstanceType {
    const type = this.index(reader, this.types, 'type')
    return type.kind === 'instance-type' ? type : reader.refuse(`a ${type.kind} is no instance type`)
  }

  #optional(reader: Reader): ValueType | undefined {
    return reader.byte() === 0 ? undefined : this.valueType(reader)
  }

  #fields(reader: Reader): Field[] {
    return reader.vector(() => ({ name: reader.name(), type: this.valueType(reader) }))
  }

  /** One definition of a type section. */
  type(reader: Reader): AnyType {
    this.budget.spend('types', reader)
    const code = reader.byte()
    const primitive = VALUE_CODES.get(code)
    if (primitive) return primitive
    const checked = <T extends object>(type: T, parts: readonly (object | undefined)[]) =>
      this.budget.measured(type, parts, reader)
    const some = <T>(list: T[], what: string): T[] => (list.length ? list : reader.refuse(`an empty ${what}`))
    switch (code) {
      case 0x72: {
        const fields = some(this.#fields(reader), 'record')
        return checked(
          { kind: 'record', fields },
          fields.map((f) => f.type),
        )
      }
      case 0x71: {
        const cases: Case[] = some(
          reader.vector(() => {
            const one = { name: reader.name(), type: this.#optional(reader) }
            if (reader.byte() !== 0) reader.refuse('a case that refines another')
            return one
          }),
          'variant',
        )
        return checked(
          { kind: 'variant', cases },
          cases.map((c) => c.type),
        )
      }
      case 0x70: {
        const element = this.valueType(reader)
        return checked({ kind: 'list', element }, [element])
      }
      case 0x6f: {
        const elements = some(
          reader.vector(() => this.valueType(reader)),
          'tuple',
        )
        return checked({ kind: 'tuple', elements }, elements)
      }
      case 0x6e: {
        const names = some(
          reader.vector(() => reader.name()),
          'flags',
        )
        if (names.length > 32) reader.refuse(`flags with ${names.length} names; at most 32 fit`)
        return checked({ kind: 'flags', names }, [])
      }
      case 0x6d: {
        const names = some(
          reader.vector(() => reader.name()),
          'enum',
        )
        return checked({ kind: 'enum', names }, [])
      }
      case 0x6b: {
        const element = this.valueType(reader)
        return checked({ kind: 'option', element }, [element])
      }
      case 0x6a: {
        const ok = this.#optional(reader)
        const err = this.#optional(reader)
        return checked({ kind: 'result', ok, err }, [ok, err])
      }
      case 0x69:
      case 0x68:
        return { kind: code === 0x69 ? 'own' : 'borrow', resource: this.resource(reader) }
      case 0x40: {
        const params = this.#fields(reader)
        const result = reader.byte() === 0 ? this.valueType(reader) : this.#noResult(reader)
        return checked({ kind: 'function', params, result }, [...params.map((p) => p.type), result])
      }
      case 0x41:
      case 0x42:
        return this.#declarations(reader, code === 0x41)
      default:
        return reader.refuse(`${FOREIGN_TYPES[code] ?? `type 0x${code.toString(16)}`} is not supported`)
    }
  }

  #noResult(reader: Reader): undefined {
    if (reader.byte() !== 0) reader.refuse('a function with named results')
  }

  #declarations(reader: Reader, ofComponent: boolean): InstanceType | ComponentType {
    const inner = new Scope(this, this.budget)
    let depth = 0
    for (let s: Scope | undefined = inner; s; s = s.parent)
      if (++depth > 16) reader.refuse('types nested deeper than 16')
    const exports = new Map<string, Extern>()
    const fresh: Resource[] = []
    reader.vector(() => {
      this.budget.spend('items', reader)
      const kind = reader.byte()
      if (kind === 1) inner.types.push(inner.type(reader))
      else if (kind === 2) inner.alias(reader)
      else if (kind === 3 && ofComponent) inner.declare(reader, externName(reader), fresh)
      else if (kind === 4) {
        const name = externName(reader)
        exports.set(name, inner.declare(reader, name, fresh))
      } else reader.refuse(`declaration 0x${kind.toString(16)} in a type`)
    })
    return ofComponent ? { kind: 'component-type' } : { kind: 'instance-type', exports, fresh }
  }

  /** What an import or export is said to be. */
  extern(reader: Reader, name: string, fresh: Resource[]): Extern {
    const kind = reader.byte()
    switch (kind) {
      case 1:
        return { sort: 'function', type: this.functionType(reader) }
      case 3: {
        if (reader.byte() === 0) return { sort: 'type', type: this.index(reader, this.types, 'type') }
        const type: Resource = { kind: 'resource', name, interface: '' }
        fresh.push(type)
        return { sort: 'type', type }
      }
      case 4: {
        this.index(reader, this.types, 'type')
        return { sort: 'component' }
      }
      case 5:
        return { sort: 'instance', type: this.instanceType(reader) }
      default:
        return reader.refuse(`an import or export of kind 0x${kind.toString(16)} ("${name}") is not supported`)
    }
  }

  /** Reads what an import or export is, and gives it the next index of its space. */
  declare(reader: Reader, name: string, fresh: Resource[]): Extern {
    const extern = this.extern(reader, name, fresh)
    if (extern.sort === 'function') this.functions.push(undefined)
    else if (extern.sort === 'type') this.types.push(extern.type)
    else if (extern.sort === 'instance') this.instances.push(abstractInstance(extern.type))
    else this.components.push(undefined)
    return extern
  }

  alias(reader: Reader): void {
    const sort = reader.byte()
    const coreSort = sort === 0 ? reader.byte() : 0
    const target = reader.byte()
    if (target === 0) {
      const instance = this.index(reader, this.instances, 'instance')
      const name = reader.name()
      this.add(reader, sort, instance.exports.get(name) ?? reader.refuse(`an instance exports no "${name}"`))
    } else if (target === 1) {
      const instance = this.index(reader, this.coreInstances, 'core instance')
      const name = reader.name()
      this.coreSpace(reader, coreSort).push(coreItem(reader, instance, name))
    } else if (target === 2) {
      let scope: Scope = this
      for (let up = reader.u32(); up > 0; up--) scope = scope.parent ?? reader.refuse('an alias leaves the component')
      if (sort === 3) this.types.push(this.index(reader, scope.types, 'type'))
      else if (sort === 4) this.components.push(this.index(reader, scope.components, 'component'))
      else if (sort === 0 && coreSort === 0x11)
        this.coreModules.push(this.index(reader, scope.coreModules, 'core module'))
      else reader.refuse(`an outer alias of sort 0x${sort.toString(16)}`)
    } else reader.refuse(`alias target 0x${target.toString(16)}`)
  }

  /** An item of this scope, by sort and index. */
  item(reader: Reader): Item {
    const sort = reader.byte()
    switch (sort) {
      case 1:
        return { sort: 'function', definition: this.index(reader, this.functions, 'function') }
      case 3:
        return { sort: 'type', type: this.index(reader, this.types, 'type') }
      case 4:
        return { sort: 'component', component: this.index(reader, this.components, 'component') }
      case 5:
        return { sort: 'instance', instance: this.index(reader, this.instances, 'instance') }
      default:
        return reader.refuse(`sort 0x${sort.toString(16)} is not supported`)
    }
  }

  /** Gives `item` the next index of its space; `sort` is what the binary calls it. */
  add(reader: Reader, sort: number, item: Item): void {
    if (sort === 1 && item.sort === 'function') this.functions.push(item.definition)
    else if (sort === 3 && item.sort === 'type') this.types.push(item.type)
    else if (sort === 4 && item.sort === 'component') this.components.push(item.component)
    else if (sort === 5 && item.sort === 'instance') this.instances.push(item.instance)
    else reader.refuse(`a ${item.sort} stands where sort 0x${sort.toString(16)} is named`)
  }
}

/** The name of an import or export; the prefix byte tells of a version suffix and says nothing more. */
export function externName(reader: Reader): string {
  const prefix = reader.byte()
  if (prefix > 1) reader.refuse(`a name of kind 0x${prefix.toString(16)}`)
  return reader.name()
}

function coreItem(reader: Reader, instance: CoreInstance, name: string): CoreFunction {
  if (instance.kind === 'instance') return { kind: 'core-export', step: instance.step, name }
  return instance.items.get(name) ?? reader.refuse(`a core instance exports no "${name}"`)
}

/** Stands in for an instance inside a type: only its types can be aliased. */
const abstractInstance = (type: InstanceType): Instance => ({
  exports: new Map(
    [...type.exports].flatMap(([name, extern]): [string, Item][] =>
      extern.sort === 'type' ? [[name, { sort: 'type', type: extern.type }]] : [],
    ),
  ),
})
