import { createAction, Property } from '@ap-wasm/piece'
import { auth } from './connections.ts'

const modes = {
  options: [
    { label: 'Fast', value: 'fast' },
    { label: 'Slow', value: 'slow' },
  ],
}
const levels = {
  options: [
    { label: 'One', value: 1 },
    { label: 'Two', value: 2 },
    { label: 'Three', value: 3 },
  ],
}

export const echo = createAction({
  name: 'echo',
  displayName: 'Echo',
  description: 'Answers with the value that it was given.',
  requireAuth: false,
  props: { value: Property.Json({ displayName: 'Value', required: false }) },
  run: ({ propsValue }) => propsValue.value ?? null,
})

export const all = createAction({
  name: 'all',
  displayName: 'All properties',
  description: 'Answers with the values of its properties.',
  requireAuth: false,
  errorHandlingOptions: { retryOnFailure: { defaultValue: true }, continueOnFailure: { hide: true } },
  outputSchema: { fields: [{ key: 'short', label: 'Short' }], itemLabel: 'thing' },
  outputJsonSchema: { type: 'object' },
  sampleOutput: { short: 'x' },
  audience: 'both',
  aiMetadata: { description: 'Echoes.', idempotent: true },
  props: {
    short: Property.ShortText({ displayName: 'Short', description: 'A word.', required: true, defaultValue: 'x' }),
    long: Property.LongText({ displayName: 'Long', required: false }),
    rich: Property.RichText({ displayName: 'Rich', required: false }),
    note: Property.MarkDown({ value: '**Read** me', variant: 'TIP' }),
    number: Property.Number({ displayName: 'Number', required: false }),
    check: Property.Checkbox({ displayName: 'Check', required: false }),
    moment: Property.DateTime({ displayName: 'Moment', required: false }),
    span: Property.DateRange({ displayName: 'Span', required: false }),
    color: Property.Color({ displayName: 'Color', required: false }),
    file: Property.File({ displayName: 'File', required: false }),
    json: Property.Json({ displayName: 'JSON', required: false }),
    object: Property.Object({ displayName: 'Object', required: false }),
    list: Property.Array({ displayName: 'List', required: false }),
    rows: Property.Array({
      displayName: 'Rows',
      required: false,
      properties: {
        name: Property.ShortText({ displayName: 'Name', required: true }),
        count: Property.Number({ displayName: 'Count', required: false, defaultValue: 1 }),
        kind: Property.Dropdown({
          displayName: 'Kind',
          required: false,
          refreshers: [],
          options: async () => ({ options: [{ label: 'One', value: 1 }] }),
        }),
      },
    }),
    mode: Property.StaticDropdown({ displayName: 'Mode', required: true, defaultValue: 'fast', options: modes }),
    levels: Property.StaticMultiSelectDropdown({ displayName: 'Levels', required: false, options: levels }),
    city: Property.Dropdown({
      displayName: 'City',
      required: false,
      auth,
      refreshers: ['auth', 'mode'],
      refreshOnSearch: true,
      options: async ({ auth, mode }, { searchValue }) => {
        if (auth === undefined) return { disabled: true, options: [], placeholder: 'connect first' }
        return { options: [{ label: `${mode ?? '-'}/${searchValue ?? '-'}`, value: { id: 7 } }] }
      },
    }),
    cities: Property.MultiSelectDropdown({
      displayName: 'Cities',
      required: false,
      refreshers: [],
      options: async () => ({
        options: [
          { label: 'Rome', value: 'rome' },
          { label: 'Zürich', value: 'zuerich' },
        ],
      }),
    }),
    fields: Property.DynamicProperties({
      displayName: 'Fields',
      required: false,
      refreshers: ['mode'],
      props: async ({ mode }) => ({
        size: Property.Number({ displayName: `Size (${mode ?? '-'})`, required: true }),
        unit: Property.Dropdown({
          displayName: 'Unit',
          required: false,
          refreshers: [],
          options: async () => ({ options: [{ label: `Metre (${mode ?? '-'})`, value: 'm' }] }),
        }),
      }),
    }),
  },
  run: ({ propsValue }) => (propsValue.file ? { ...propsValue, file: propsValue.file.base64 } : { ...propsValue }),
})

export const defaults = createAction({
  name: 'defaults',
  displayName: 'Defaults',
  description: 'Answers with the values of its properties.',
  requireAuth: false,
  props: {
    short: Property.ShortText({ displayName: 'Short', required: false, defaultValue: 'short' }),
    long: Property.LongText({ displayName: 'Long', required: false, defaultValue: 'long\ntext' }),
    rich: Property.RichText({ displayName: 'Rich', required: false, defaultValue: '<b>rich</b>' }),
    number: Property.Number({ displayName: 'Number', required: false, defaultValue: 1.5 }),
    check: Property.Checkbox({ displayName: 'Check', required: false, defaultValue: true }),
    moment: Property.DateTime({ displayName: 'Moment', required: false, defaultValue: '2026-01-31T12:00:00.000Z' }),
    span: Property.DateRange({ displayName: 'Span', required: false, defaultValue: { preset: 'last_7_days' } }),
    color: Property.Color({ displayName: 'Color', required: false, defaultValue: '#00ff00' }),
    json: Property.Json({ displayName: 'JSON', required: false, defaultValue: { a: [1, null] } }),
    object: Property.Object({ displayName: 'Object', required: false, defaultValue: { k: 'v' } }),
    list: Property.Array({ displayName: 'List', required: false, defaultValue: ['a', 'b'] }),
    mode: Property.StaticDropdown({ displayName: 'Mode', required: false, defaultValue: 'slow', options: modes }),
    levels: Property.StaticMultiSelectDropdown({
      displayName: 'Levels',
      required: false,
      defaultValue: [1, 3],
      options: levels,
    }),
    city: Property.Dropdown({
      displayName: 'City',
      required: false,
      defaultValue: 'rome',
      refreshers: [],
      options: async () => ({ options: [{ label: 'Rome', value: 'rome' }] }),
    }),
    cities: Property.MultiSelectDropdown({
      displayName: 'Cities',
      required: false,
      defaultValue: ['rome'],
      refreshers: [],
      options: async () => ({ options: [{ label: 'Rome', value: 'rome' }] }),
    }),
    fields: Property.DynamicProperties({
      displayName: 'Fields',
      required: false,
      defaultValue: { size: 1 },
      refreshers: [],
      props: async () => ({ size: Property.Number({ displayName: 'Size', required: false }) }),
    }),
  },
  run: ({ propsValue }) => ({ ...propsValue }),
})
