/** @module commands: the list. A command is one file here and one line below. */
import type { Command } from '../command.ts'
import { build } from './build.ts'
import { completion } from './completion.ts'
import { deploy } from './deploy.ts'
import { dev } from './dev.ts'
import { doctor } from './doctor.ts'
import { init } from './init.ts'
import { inspect } from './inspect.ts'
import { key } from './key.ts'
import { add, login, publish, pull, search, yank } from './registry.ts'
import { replay } from './replay.ts'
import { run } from './run.ts'
import { serve } from './serve.ts'
import { test } from './test.ts'

/** In the order of an author's day. */
export const COMMANDS: readonly Command[] = [
  ...[init, doctor, build, test, run, dev, replay],
  ...[inspect, deploy],
  ...[login, publish, yank, search, add, pull],
  ...[serve, key, completion],
]
