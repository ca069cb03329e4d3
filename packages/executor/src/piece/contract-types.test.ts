import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco'
import { expect, test } from 'vitest'
import { pieceComponent } from '../../../../test/fixture.ts'
import { parseComponent } from '../linker/component.ts'
import { exportRefusals, importRefusals } from './contract-types.ts'

const wit = fileURLToPath(new URL('../../../../wit', import.meta.url))

/** A component without code of the contract after an edit: what a toolchain makes of a WIT that is not ours. */
async function edited(...edits: [file: string, from: string, to: string][]): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'ap-wasm-wit-'))
  try {
    cpSync(wit, folder, { recursive: true })
    for (const [file, from, to] of edits) {
      const text = readFileSync(join(folder, file), 'utf8')
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
      writeFileSync(join(folder, file), text.replaceAll(from, to))
    }
    return await componentNew(await componentEmbed({ dummy: true, witPath: folder, world: 'piece' } as never))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
const PIECE = 'piece.wit'
const handler = (from: string, to: string): [string, string, string][] => [[PIECE, from, to]]
const refusals = (bytes: Uint8Array): string[] => {
  const component = parseComponent(bytes)
  return [...exportRefusals(component), ...importRefusals(component)]
}

test('the contract itself is accepted, and the fixture', async () => {
  expect(refusals(await edited())).toEqual([])
  expect(refusals(await pieceComponent())).toEqual([])
})

const mutated: [name: string, edits: [string, string, string][], reason: RegExp][] = [
  [
    'describe returns bytes',
    handler('describe: func() -> result<string, failure>', 'describe: func() -> result<list<u8>, failure>'),
    /#describe has the type func\(\) -> result<list<u8>, .*the contract says func\(\) -> result<string,/,
  ],
  ['init takes text', handler('init: func(config: payload)', 'init: func(config: string)'), /#init has the type/],
  [
    'action takes text',
    handler('action: func(name: string, input: payload)', 'action: func(name: string, input: string)'),
    /#action has the type/,
  ],
  [
    'action lacks a parameter',
    handler('action: func(name: string, input: payload)', 'action: func(input: payload)'),
    /#action has the type/,
  ],
  [
    'action returns no result',
    handler(
      'input: payload) -> result<payload, failure>;\n\n  /// Runs one hook',
      'input: payload) -> payload;\n\n  /// Runs one hook',
    ),
    /#action has the type/,
  ],
  ['trigger lacks the hook', handler('hook: trigger-hook, ', ''), /#trigger has the type/],
  ['a hook is called otherwise', handler('on-renew', 'on-renewal'), /#trigger has the type/],
  ['a hook more', handler('run, test }', 'run, test, replay }'), /#trigger has the type/],
  ['hooks in another order', handler('on-enable, on-disable', 'on-disable, on-enable'), /#trigger has the type/],
  [
    'resolve has another parameter name',
    handler('resolve: func(path: string', 'resolve: func(where: string'),
    /#resolve has the type/,
  ],
  ['a failure without detail', handler('    detail: option<payload>,\n', ''), /#describe has the type/],
  ['a failure with 32 bits', handler('option<u64>', 'option<u32>'), /#describe has the type/],
  ['fields of a failure in another order', handler('    code: string,\n', ''), /#describe has the type/],
  [
    'a function less',
    handler('  resolve: func(path: string, input: payload) -> result<payload, failure>;', ''),
    /lacks the function "resolve"/,
  ],
  [
    'a function more',
    handler('  resolve: func(', '  extra: func();\n  resolve: func('),
    /has a function "extra" that the contract does not know/,
  ],
  [
    'another version',
    handler('package ap:piece@0.1.0', 'package ap:piece@0.1.1'),
    /exports ap:piece\/handler@0\.1\.1; this executor runs ap:piece\/handler@0\.1\.0/,
  ],
  ['no handler', handler('export handler;', ''), /does not export ap:piece\/handler@0\.1\.0/],
  [
    'another interface beside it',
    handler('export handler;', 'export handler;\n  export store;'),
    /exports ap:piece\/store@0\.1\.0, which is no part/,
  ],
  [
    'a function of the world',
    handler('export handler;', 'export handler;\n  export main: func();'),
    /exports the function "main" at world level/,
  ],
  [
    'a foreign interface',
    handler('import run;', 'import run;\n  import evil: interface { f: func(); }'),
    /imports evil, which a piece cannot have/,
  ],
  [
    'a foreign interface of our package',
    handler('interface run {', 'interface evil { f: func(); }\ninterface run {').concat([
      [PIECE, 'import run;', 'import run;\n  import evil;'],
    ]),
    /imports ap:piece\/evil@0\.1\.0, which a piece cannot have/,
  ],
  [
    'a function from outside of any interface',
    handler('import run;', 'import run;\n  import shell: func(command: string);'),
    /imports the function "shell" from outside/,
  ],
  [
    'an interface of WASI that is not in the world',
    handler('import run;', 'import run;\n  import wasi:http/incoming-handler@0.2.12;'),
    /imports wasi:http\/incoming-handler@0\.2\.12, which a piece cannot have/,
  ],
  [
    'a function that the interface lacks',
    handler(
      'delete: func(scope: scope, key: string) -> result<_, failure>;',
      'delete: func(scope: scope, key: string) -> result<_, failure>;\n  clear: func();',
    ),
    /imports ap:piece\/store@0\.1\.0#clear, which that interface does not have/,
  ],
  [
    'an import of another type',
    handler(
      'get: func(scope: scope, key: string) -> result<option<list<u8>>, failure>',
      'get: func(scope: scope, key: string) -> result<option<string>, failure>',
    ),
    /store@0\.1\.0#get as func.*; it is func/,
  ],
]
test.each(mutated)('refused: %s', async (_name, edits, reason) => {
  const said = refusals(await edited(...edits))
  expect(said.length).toBeGreaterThan(0)
  expect(said).toContainEqual(expect.stringMatching(reason))
})

const random = (version: string, result = 'u64'): string =>
  `(component (import "wasi:random/random@${version}" (instance (export "get-random-u64" (func (result ${result}))))))`
test.each(['0.2.0', '0.2.3', '0.2.12', '0.2.99'])('WASI %s is the same interface', async (version) => {
  expect(importRefusals(parseComponent(await parse(random(version))))).toEqual([])
})
test.each(['0.3.0', '0.1.0', '9.9.99', '0.2.0-rc.1', '0.2.x'])('WASI %s is another one', async (version) => {
  const component = await parse(random(version)).catch(() => undefined)
  if (component !== undefined)
    expect(importRefusals(parseComponent(component))).toEqual([expect.stringMatching(/every other 0\.2\.x/)])
})
test('an import that is declared and never used counts, its type too', async () => {
  const said = importRefusals(parseComponent(await parse(random('0.2.3', 'u32'))))
  expect(said).toEqual([expect.stringMatching(/get-random-u64 as func\(\) -> u32; it is func\(\) -> u64/)])
})

test('what the known toolchains export beside the contract is tolerated', async () => {
  const init = await edited([PIECE, 'export handler;', 'export handler;\n  export init: func(x: u32);'])
  const exports = await edited([
    PIECE,
    'export handler;',
    'export handler;\n  export exports: interface { f: func(); }',
  ])
  expect([refusals(init), refusals(exports)]).toEqual([[], []])
})
