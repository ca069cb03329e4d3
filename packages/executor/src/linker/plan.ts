/**
 * @module plan: what a component asks to be done: core instances to make, functions to lift and lower, and the items that
 * its index spaces name while it is read.
 */
import type { Scope } from './scope.ts'
import type { FunctionType, Resource, ValueType } from './types.ts'

/** Something that core instance number `step` exports. */
export interface CoreExport {
  readonly kind: 'core-export'
  readonly step: number
  readonly name: string
}
export interface Lower {
  readonly kind: 'lower'
  readonly target: ImportedFunction | LiftedFunction
  readonly options: CanonOptions
  /** Number of the component instance whose handles it uses. */
  readonly scope: number
}
export interface ResourceDrop {
  readonly kind: 'drop'
  readonly resource: Resource
  readonly scope: number
}
export type CoreFunction = CoreExport | Lower | ResourceDrop
export type CoreInstance =
  | { readonly kind: 'instance'; readonly step: number }
  | { readonly kind: 'exports'; readonly items: ReadonlyMap<string, CoreFunction> }

export interface CanonOptions {
  readonly memory?: CoreExport
  readonly realloc?: CoreExport
  readonly postReturn?: CoreExport
}

export interface ImportedFunction {
  readonly kind: 'import'
  readonly interface: string
  readonly name: string
  readonly type: FunctionType
}
export interface LiftedFunction {
  readonly kind: 'lift'
  readonly core: CoreExport
  readonly options: CanonOptions
  readonly type: FunctionType
  readonly scope: number
}

export interface InstanceType {
  readonly kind: 'instance-type'
  readonly exports: ReadonlyMap<string, Extern>
  /** Resources that it declares: each import of it would need its own. */
  readonly fresh: readonly Resource[]
}
export interface ComponentType {
  readonly kind: 'component-type'
}
export type AnyType = ValueType | FunctionType | Resource | InstanceType | ComponentType

/** What an import or an export of a type says about an item. */
export type Extern =
  | { readonly sort: 'function'; readonly type: FunctionType }
  | { readonly sort: 'type'; readonly type: AnyType }
  | { readonly sort: 'instance'; readonly type: InstanceType }
  | { readonly sort: 'component' }

export interface Instance {
  readonly exports: ReadonlyMap<string, Item>
}
/** A nested component as bytes: read again each time it is instantiated. */
export interface Closure {
  readonly from: number
  readonly to: number
  readonly parent: Scope
}
export type Item =
  | { readonly sort: 'function'; readonly definition: ImportedFunction | LiftedFunction }
  | { readonly sort: 'type'; readonly type: AnyType }
  | { readonly sort: 'instance'; readonly instance: Instance }
  | { readonly sort: 'component'; readonly component: Closure }
