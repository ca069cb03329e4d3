/** @module commands: the list. A command is one file here and one line below. */
import type { Command } from '../command.ts'
import { build } from './build.ts'
import { completion } from './completion.ts'
import { test } from './test.ts'

export const COMMANDS: readonly Command[] = [build, test, completion]
