/**
 * @module wasm-tools: the part of jco's validator that makes components. It ships with the executor, since uploads are
 * judged by it; the command line builds with the same copy.
 */
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'

export interface ComponentOptions {
  /** The packages of the world as one text, those it depends on nested. */
  wit: string
  world: string
  /** Modules that stand for what the core module imports, by the name it imports from: `wasi_snapshot_preview1`. */
  adapters?: Readonly<Record<string, Uint8Array>>
}

/** A core module as a component of a world; rejects with the tool's own words. */
export async function newComponent(
  core: Uint8Array,
  { wit, world, adapters = {} }: ComponentOptions,
): Promise<Uint8Array> {
  return componentNew(await embedWorld(core, { wit, world }), Object.entries(adapters))
}

/** The module with a section that tells what world it is for: what an adapter needs, or a tool that makes the component. */
export const embedWorld = (core: Uint8Array, { wit, world }: { wit: string; world: string }): Promise<Uint8Array> =>
  componentEmbed({ binary: core, witSource: wit, world })

/** The binary of a module or component in text format. */
export const binaryOf = (text: string): Promise<Uint8Array> => parse(text)
