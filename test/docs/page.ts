/** @module docs/page: what a page of the documentation holds that can be run or followed. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const page = (file: string): string => readFileSync(`${root}${file}`, 'utf8')

/** The bodies of its code blocks in that language. */
export const blocks = (file: string, language: string): string[] =>
  [...page(file).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, of]) => of === language)
    .map(([, , body]) => body!)

/** Blocks that begin with the comment `// name` or `# name` are files. */
export const files = (file: string): { name: string; body: string }[] =>
  [...page(file).matchAll(/^```\w+\n(?:\/\/|#) (\S+)\n([\s\S]*?)^```$/gm)].map(([, name, body]) => ({
    name: name!,
    body: body!,
  }))
