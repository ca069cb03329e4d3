import { expect, test } from 'vitest'
import { LIMITS } from './limits.ts'
import {
  completeSettings,
  environmentOf,
  flagOf,
  limitsOf,
  SETTING_NAMES,
  SETTINGS,
  settingsFromArguments,
  settingsFromEnvironment,
} from './settings.ts'

const invalid = expect.objectContaining({ code: 'AP_SETTING_INVALID' })

test.each([
  { args: ['--port', '0'], settings: { port: 0 } },
  { args: ['--port=80', '--host', '::1'], settings: { port: 80, host: '::1' } },
  { args: ['--wall-ms', '30s'], settings: { wallMs: 30_000 } },
  { args: ['--memory-bytes', '64MiB'], settings: { memoryBytes: 64 * 1024 ** 2 } },
  { args: ['--fuel', '1e12'], settings: { fuel: 1e12 } },
  { args: ['--egress-private', '10.0.0.0/8, fd00::/8'], settings: { egressPrivate: ['10.0.0.0/8', 'fd00::/8'] } },
  { args: ['--egress-private='], settings: { egressPrivate: [] } },
  { args: ['--public-url', 'https://ap.example.com/base'], settings: { publicUrl: 'https://ap.example.com/base' } },
])('arguments $args', ({ args, settings }) => {
  expect(settingsFromArguments(args)).toEqual(settings)
})

test.each([
  { args: ['--colour', 'red'] },
  { args: ['port', '80'] },
  { args: ['--port'] },
  { args: ['--port', '65536'] },
  { args: ['--port', '-1'] },
  { args: ['--port', '1.5'] },
  { args: ['--port', ''] },
  { args: ['--cells', '0'] },
  { args: ['--wall-ms', '601s'] },
  { args: ['--wall-ms', '30 parsecs'] },
  { args: ['--memory-bytes', '1GiB'] },
  { args: ['--isolation', 'none'] },
  { args: ['--record', 'some'] },
  { args: ['--egress-private', '10.0.0.0'] },
  { args: ['--allow-origins', '*'] },
  { args: ['--allow-origins', 'https://app.example.com/path'] },
  { args: ['--public-url', 'ftp://example.com'] },
  { args: ['--secret', 'x'.repeat(40)] },
])('refused arguments $args', ({ args }) => {
  expect(() => settingsFromArguments(args)).toThrow(invalid)
})

test('the environment speaks by the same names, and other names are somebody else’s', () => {
  const env = { AP_WASM_CELL_MEMORY_BYTES: '1GiB', AP_WASM_QUIET: '1', PATH: '/bin' }
  expect(settingsFromEnvironment(env)).toEqual({ cellMemoryBytes: 1024 ** 3 })
  expect(() => settingsFromEnvironment({ AP_WASM_PORT: 'x' })).toThrow(invalid)
})

test('a wrong secret is not repeated in the refusal', () => {
  expect(() => settingsFromEnvironment({ AP_WASM_SECRET: 'hunter2' })).toThrow(/^(?!.*hunter2)/)
  expect(() => completeSettings({ secret: 'hunter2' })).toThrow(/^(?!.*hunter2)/)
})

test('complete settings are whole, cloned and frozen', () => {
  const allowOrigins = ['https://app.example.com']
  const settings = completeSettings({ allowOrigins })
  allowOrigins.push('https://evil.example.com')
  expect(settings.allowOrigins).toEqual(['https://app.example.com'])
  expect(Object.isFrozen(settings) && Object.isFrozen(settings.allowOrigins)).toBe(true)
  for (const name of SETTING_NAMES) expect(SETTINGS[name].kind.fits(settings[name]), name).toBe(true)
  expect(limitsOf(completeSettings({ fuel: 5 }))).toEqual({
    ...Object.fromEntries(Object.entries(LIMITS).map(([name, limit]) => [name, limit.default])),
    fuel: 5,
  })
})

test.each([
  { name: 'an unknown key', settings: { colour: 'red' } },
  { name: 'a text for a number', settings: { port: '80' } },
  { name: 'more than the ceiling', settings: { memoryBytes: 2 ** 40 } },
  { name: 'no list', settings: { egressPrivate: '10.0.0.0/8' } },
  { name: 'not a number', settings: { fuel: Number.NaN } },
])('refused settings: $name', ({ settings }) => {
  expect(() => completeSettings(settings as never)).toThrow(invalid)
})

test('no two settings share a flag', () => {
  expect(new Set(SETTING_NAMES.map(flagOf)).size).toBe(SETTING_NAMES.length)
  expect(environmentOf('egressPrivate')).toBe('AP_WASM_EGRESS_PRIVATE')
})
