/** @module commands: the list. A command is one file here and one line below. */
import type { Command } from '../command.ts'
import { completion } from './completion.ts'

export const COMMANDS: readonly Command[] = [completion]
