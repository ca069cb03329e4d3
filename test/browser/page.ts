/** What the page runs: a component through the program entry, with a world whose outside answers nothing. */
import {
  createClock,
  createHostCall,
  createRandom,
  Instance,
  link,
  PieceError,
  parseComponent,
  rewrite,
  Scheduler,
  WORLD,
} from '@ap-wasm/executor/program'

const LIMITS = { fuel: 1e9, cpuMs: 2_000, startFuel: 1e9, reallocCpuMs: 100, memoryBytes: 64 * 1024 * 1024 }

interface Ran {
  output?: string
  error?: string
  fuel: number
  /** Turns of the page's own timer while the call ran: the page stays alive. */
  ticks: number
}

async function run(bytes: Uint8Array, action: string, input: string): Promise<Ran> {
  const component = parseComponent(bytes)
  const modules = component.modules.map((body) => new WebAssembly.Module(rewrite(body, LIMITS).bytes))
  const program = link(component, modules, WORLD)
  const end = new AbortController()
  const call = createHostCall({
    env: [],
    clock: createClock(),
    random: createRandom(),
    signal: end.signal,
    limits: { logBytes: 65_536, logLineBytes: 4_096, httpBodyBytes: 1024 * 1024 },
    ask: async (kind) => {
      throw new Error(`this page answers no ${kind}`)
    },
    post: () => {},
  })
  let ticks = 0
  const timer = setInterval(() => ticks++, 5)
  const instance = new Instance(program, new Scheduler(), { id: 1, limits: LIMITS, call })
  const encode = (text: string) => new TextEncoder().encode(text)
  try {
    await instance.start()
    await instance.invoke('init', [encode('{"piece":{"name":"page","version":"0.0.0"}}')])
    const result = (await instance.invoke('action', [action, encode(input)])) as { tag: string; val: Uint8Array }
    return { output: new TextDecoder().decode(result.val), fuel: instance.usage.fuel, ticks }
  } catch (error) {
    return { error: error instanceof PieceError ? error.code : String(error), fuel: instance.usage.fuel, ticks }
  } finally {
    clearInterval(timer)
    end.abort()
    instance.close()
  }
}

Object.assign(globalThis, {
  run: (base64: string, action: string, input: string) => run(Uint8Array.fromBase64(base64), action, input),
})
