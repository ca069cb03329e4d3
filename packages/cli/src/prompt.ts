/** @module prompt: questions, on a terminal alone. Elsewhere a question is an error that names the flag with the answer. */
import { CliError, type World } from './world.ts'

interface Question {
  message: string
  /** What answers it without a terminal: `--name <name>`. */
  flag: string
}

export const canAsk = (world: World): boolean => (world.stdin.isTTY ?? false) && (world.stderr.isTTY ?? false)

function streams(world: World, { message, flag }: Question) {
  if (!canAsk(world))
    throw new CliError('usage', `this asks "${message}", and there is no terminal to ask on`, {
      remedy: `answer it with ${flag}`,
    })
  // Results go to stdout: what is asked does not.
  return { message, input: world.stdin, output: world.stderr, signal: world.signal }
}

function answered<T>(value: T): Exclude<T, symbol> {
  if (typeof value === 'symbol') throw new CliError('failed', 'cancelled: nothing was changed')
  return value as Exclude<T, symbol>
}

export async function askText(
  world: World,
  question: Question & { initial?: string; validate?: (value: string) => string | undefined },
): Promise<string> {
  const { initial, validate } = question
  const at = streams(world, question)
  const { text } = await import('@clack/prompts')
  return answered(
    await text({
      ...at,
      ...(initial === undefined ? {} : { placeholder: initial, defaultValue: initial }),
      ...(validate ? { validate: (value) => validate(value || (initial ?? '')) } : {}),
    }),
  )
}

export async function choose<T extends string>(
  world: World,
  question: Question & { options: readonly { value: T; label: string; hint?: string }[] },
): Promise<T> {
  const at = streams(world, question)
  const { select } = await import('@clack/prompts')
  return answered(await select<string>({ ...at, options: [...question.options] })) as T
}

export async function confirm(world: World, question: Question): Promise<boolean> {
  const at = streams(world, question)
  const { confirm } = await import('@clack/prompts')
  return answered(await confirm({ ...at, initialValue: false }))
}
