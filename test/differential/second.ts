/** @module differential/second: a component run by jco's generated code, the second implementation of the canonical ABI. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transpileBytes } from '@bytecodealliance/jco-transpile'

// biome-ignore lint/suspicious/noExplicitAny: what jco generates has the shape of the component.
export type Loose = any

export interface Second {
  instantiate(imports: Record<string, Record<string, unknown>>): Promise<Loose>
  close(): Promise<void>
}

export async function second(
  component: Uint8Array,
  waits: { asyncImports?: string[]; asyncExports?: string[] } = {},
): Promise<Second> {
  const { files } = (await transpileBytes(component, {
    name: 'component',
    instantiation: 'async',
    asyncMode: 'jspi',
    base64Cutoff: 0,
    emitTypescriptDeclarations: false,
    nodejsCompat: true,
    ...waits,
  } as never)) as { files: Record<string, Uint8Array<ArrayBuffer>> }
  const folder = await mkdtemp(join(tmpdir(), 'ap-wasm-second-'))
  const script = join(folder, 'component.mjs')
  await writeFile(script, files['component.js']!)
  const { instantiate } = (await import(/* @vite-ignore */ pathToFileURL(script).href)) as Loose
  return {
    instantiate: (imports) =>
      instantiate(
        (path: string) => WebAssembly.compile(files[basename(path)]!),
        imports,
        (module: WebAssembly.Module, given: WebAssembly.Imports) => new WebAssembly.Instance(module, given),
      ),
    close: () => rm(folder, { recursive: true }),
  }
}

/** jco lifts lists of numbers as typed arrays; we lift all but bytes as arrays. */
export function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array)) return Array.from(value as unknown as number[])
  if (Array.isArray(value)) return value.map(plain)
  if (value === null) return undefined
  if (typeof value !== 'object' || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}
