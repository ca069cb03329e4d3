/** @module property: what an action or trigger asks for, in Activepieces' words, and the type of the value that it is handed. */
import type { AuthParam, AuthValue } from './auth.ts'
import type { PieceFile } from './files.ts'

/** The kinds of properties. */
export const PropertyType = {
  SHORT_TEXT: 'SHORT_TEXT',
  LONG_TEXT: 'LONG_TEXT',
  RICH_TEXT: 'RICH_TEXT',
  MARKDOWN: 'MARKDOWN',
  NUMBER: 'NUMBER',
  CHECKBOX: 'CHECKBOX',
  DATE_TIME: 'DATE_TIME',
  DATE_RANGE: 'DATE_RANGE',
  COLOR: 'COLOR',
  FILE: 'FILE',
  JSON: 'JSON',
  OBJECT: 'OBJECT',
  ARRAY: 'ARRAY',
  STATIC_DROPDOWN: 'STATIC_DROPDOWN',
  STATIC_MULTI_SELECT_DROPDOWN: 'STATIC_MULTI_SELECT_DROPDOWN',
  DROPDOWN: 'DROPDOWN',
  MULTI_SELECT_DROPDOWN: 'MULTI_SELECT_DROPDOWN',
  DYNAMIC: 'DYNAMIC',
} as const
export type PropertyType = (typeof PropertyType)[keyof typeof PropertyType]

export interface DropdownOption<T = unknown> {
  label: string
  value: T
}
/** What a dropdown shows: its options, or why it has none. */
export interface DropdownState<T = unknown> {
  options: readonly DropdownOption<T>[]
  disabled?: boolean
  placeholder?: string
}

/** What surrounds the computation of options. */
export interface PropertyContext {
  /** What the user typed, for a dropdown with `refreshOnSearch`. */
  searchValue?: string
}

type OptionsFunction<T, A extends AuthParam> = (
  // biome-ignore lint/suspicious/noExplicitAny: values of other properties, as Activepieces types them.
  values: Record<string, any> & { auth?: AuthValue<A> },
  context: PropertyContext,
) => Promise<DropdownState<T>>

type PropsFunction<A extends AuthParam> = (
  // biome-ignore lint/suspicious/noExplicitAny: values of other properties, as Activepieces types them.
  values: Record<string, any> & { auth?: AuthValue<A> },
  context: PropertyContext,
) => Promise<Properties>

/** One property. `Value` is what `context.propsValue` holds for it. */
export interface Property<Value = unknown, Required extends boolean = boolean> {
  type: PropertyType
  displayName: string
  description?: string
  required: Required
  defaultValue?: unknown
  /** Carries the type only. */
  readonly valueSchema?: Value
  /** Of an ARRAY: the shape of its items. */
  properties?: Properties
  /** Of a static dropdown: its options. Of a dropdown: the function that computes them. */
  options?: unknown
  /** Of a DYNAMIC property: computes the properties that it stands for. */
  props?: unknown
  /** Names of properties whose change computes the options anew. */
  refreshers?: readonly string[]
  refreshOnSearch?: boolean
  /** Of a MARKDOWN text. */
  variant?: string
}

export type Properties = Record<string, Property>

/** What a secret among a connection's own properties holds is its text. */
type ValueOf<P> = P extends { type: 'SECRET_TEXT' }
  ? string
  : P extends Property<infer V, infer R>
    ? R extends true
      ? V
      : V | undefined
    : never

/** A span of time: a named one, or its ends as ISO 8601 texts. */
export interface DateRange {
  preset?: 'any_time' | 'last_24_hours' | 'last_7_days' | 'last_30_days' | 'last_90_days' | 'this_month' | 'custom'
  after?: string
  before?: string
}

/** The values of a set of properties, as `context.propsValue` holds them. */
export type PropsValue<P> = {
  [K in keyof P as P[K] extends Property<never, boolean> & { type: 'MARKDOWN' } ? never : K]: ValueOf<P[K]>
}

interface Common<V, R extends boolean> {
  displayName: string
  description?: string
  required: R
  defaultValue?: V
}

// NoInfer: where a property stands among others, the list's own type must not be taken for what `required` was given.
const plain =
  <V>(type: PropertyType) =>
  <R extends boolean>(options: Common<V, R>): Property<V, NoInfer<R>> => ({ type, ...options })

interface DropdownParams<T, R extends boolean, A extends AuthParam, V> extends Common<V, R> {
  /** The connection whose value `options` is handed; for its type only. */
  auth?: A
  refreshers?: readonly string[]
  refreshOnSearch?: boolean
  options: OptionsFunction<T, A>
}

/** The properties that an action or trigger can ask for. */
export const Property = {
  ShortText: plain<string>('SHORT_TEXT'),
  LongText: plain<string>('LONG_TEXT'),
  RichText: plain<string>('RICH_TEXT'),
  /** A number; a caller's text of a number is converted. */
  Number: plain<number>('NUMBER'),
  Checkbox: plain<boolean>('CHECKBOX'),
  /** An ISO 8601 text. */
  DateTime: plain<string>('DATE_TIME'),
  DateRange: plain<DateRange>('DATE_RANGE'),
  Color: plain<string>('COLOR'),
  File: plain<PieceFile>('FILE'),
  // biome-ignore lint/suspicious/noExplicitAny: any JSON, as Activepieces types it.
  Json: plain<any>('JSON'),
  Object: plain<Record<string, unknown>>('OBJECT'),
  /** A text to read; has no value. */
  MarkDown: (options: {
    value: string
    variant?: 'INFO' | 'WARNING' | 'TIP' | 'BORDERLESS'
  }): Property<never, false> & { type: 'MARKDOWN' } => ({
    type: 'MARKDOWN',
    displayName: 'Markdown',
    description: options.value,
    required: false,
    variant: options.variant ?? 'INFO',
  }),
  /** A list; with `properties` a list of objects of that shape. */
  Array: <R extends boolean, S extends Properties = never>(
    options: Common<([S] extends [never] ? unknown : PropsValue<S>)[], R> & { properties?: S },
  ): Property<([S] extends [never] ? unknown : PropsValue<S>)[], NoInfer<R>> => ({ type: 'ARRAY', ...options }),
  StaticDropdown: <const T, R extends boolean>(
    options: Common<NoInfer<T>, R> & { options: DropdownState<T> },
  ): Property<NoInfer<T>, NoInfer<R>> => ({ type: 'STATIC_DROPDOWN', ...options }),
  StaticMultiSelectDropdown: <const T, R extends boolean>(
    options: Common<NoInfer<T>[], R> & { options: DropdownState<T> },
  ): Property<NoInfer<T>[], NoInfer<R>> => ({ type: 'STATIC_MULTI_SELECT_DROPDOWN', ...options }),
  /** A dropdown whose options are computed by `options`. */
  Dropdown: <T, R extends boolean, A extends AuthParam = undefined>(
    params: DropdownParams<T, R, A, NoInfer<T>>,
  ): Property<NoInfer<T>, NoInfer<R>> => ({ type: 'DROPDOWN', ...params }),
  MultiSelectDropdown: <T, R extends boolean, A extends AuthParam = undefined>(
    params: DropdownParams<T, R, A, NoInfer<T>[]>,
  ): Property<NoInfer<T>[], NoInfer<R>> => ({ type: 'MULTI_SELECT_DROPDOWN', ...params }),
  /** Properties that are computed from the values of others. */
  DynamicProperties: <R extends boolean, A extends AuthParam = undefined>(
    params: Common<Record<string, unknown>, R> & { auth?: A; refreshers: readonly string[]; props: PropsFunction<A> },
  ): Property<Record<string, unknown>, NoInfer<R>> => ({ type: 'DYNAMIC', ...params }),
}
