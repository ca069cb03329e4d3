/** @module commands: the list. A command is one file here and one line below. */
import type { Command } from '../command.ts'
import { build } from './build.ts'
import { completion } from './completion.ts'
import { deploy } from './deploy.ts'
import { init } from './init.ts'
import { run } from './run.ts'
import { serve } from './serve.ts'
import { test } from './test.ts'

export const COMMANDS: readonly Command[] = [init, build, test, run, deploy, serve, completion]
