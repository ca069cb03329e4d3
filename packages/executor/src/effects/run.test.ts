import { encode } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import type { Effects } from '../call.ts'
import type { Effect, EffectFailure } from '../effect.ts'
import { bytes, call, engines, NONE } from './outside.suite.ts'

const respond = (content = '{"a":1}'): Effect => ({ kind: 'run.respond', ask: {}, bytes: bytes(content) })
const stop = (content?: string): Effect => ({
  kind: 'run.stop',
  ask: { hasResponse: content !== undefined },
  bytes: content === undefined ? NONE : bytes(content),
})
const until = (unixMs: number): Effect => ({ kind: 'run.wait-until', ask: { unixMs }, bytes: NONE })
const webhook = (content?: string): Effect => ({
  kind: 'run.wait-for-webhook',
  ask: { hasResponse: content !== undefined },
  bytes: content === undefined ? NONE : bytes(content),
})
const all = { run: ['respond', 'stop', 'wait'] as const }
const resumable = { projectId: 'p', resumeUrl: 'https://flows.example/resume/1' }

describe('what a call asks of its run', () => {
  type Case = [
    name: string,
    asked: Effect[],
    options: Parameters<typeof call>[1],
    outcomes: string[],
    effects: Partial<Effects>,
  ]
  const cases: Case[] = [
    ['an answer', [respond()], {}, ['ok'], { respond: { a: 1 } }],
    ['an answer of null', [respond('null')], {}, ['ok'], { respond: null }],
    ['one answer', [respond(), respond('2')], {}, ['ok', 'already_responded'], { respond: { a: 1 } }],
    ['one answer, null or not', [respond('null'), respond('2')], {}, ['ok', 'already_responded'], { respond: null }],
    ['an end', [stop()], {}, ['ok'], { stop: {} }],
    ['an end with an answer', [stop('[1]')], {}, ['ok'], { stop: { response: [1] } }],
    ['one end', [stop(), stop()], {}, ['ok', 'already_stopped'], { stop: {} }],
    ['a wait', [until(1_700_000_000_000)], {}, ['ok'], { wait: { until: '2023-11-14T22:13:20.000Z' } }],
    ['a wait since ever', [until(0)], {}, ['ok'], { wait: { until: '1970-01-01T00:00:00.000Z' } }],
    ['a wait for ever', [until(8.64e15 + 1)], {}, ['invalid_time'], {}],
    ['one wait', [until(0), until(1)], {}, ['ok', 'already_waiting'], { wait: { until: '1970-01-01T00:00:00.000Z' } }],
    ['a webhook', [webhook()], { run: resumable }, ['ok'], { wait: { resumeUrl: resumable.resumeUrl } }],
    [
      'a webhook with an answer',
      [webhook('"x"')],
      { run: resumable },
      ['ok'],
      { wait: { resumeUrl: resumable.resumeUrl, response: 'x' } },
    ],
    [
      'one wait of either kind',
      [webhook(), until(1)],
      { run: resumable },
      ['ok', 'already_waiting'],
      { wait: { resumeUrl: resumable.resumeUrl } },
    ],
    [
      'a webhook without a URL',
      [webhook(), until(0)],
      {},
      ['not_supported', 'ok'],
      { wait: { until: '1970-01-01T00:00:00.000Z' } },
    ],
    [
      'no wait after the end',
      [stop(), until(0), webhook()],
      { run: resumable },
      ['ok', 'already_stopped', 'already_stopped'],
      { stop: {} },
    ],
    [
      'no end while it waits',
      [until(0), stop()],
      {},
      ['ok', 'already_waiting'],
      { wait: { until: '1970-01-01T00:00:00.000Z' } },
    ],
    ['an answer and an end', [respond(), stop()], {}, ['ok', 'ok'], { respond: { a: 1 }, stop: {} }],
    [
      'not granted',
      [respond(), stop(), until(0), webhook()],
      { grants: {}, run: resumable },
      ['not_granted', 'not_granted', 'not_granted', 'not_granted'],
      {},
    ],
    [
      'granted in part',
      [respond(), stop()],
      { grants: { run: ['respond'] } },
      ['ok', 'not_granted'],
      { respond: { a: 1 } },
    ],
    ['no JSON', [respond('{'), respond('1')], {}, ['invalid_payload', 'ok'], { respond: 1 }],
    ['too large', [respond('"xxxxxxxxxx"')], { limits: { outputBytes: 11 } }, ['limit_exceeded'], {}],
    [
      'as large as allowed',
      [respond('"xxxxxxxxxx"')],
      { limits: { outputBytes: 12 } },
      ['ok'],
      { respond: 'xxxxxxxxxx' },
    ],
  ]
  test.each(cases)('%s', async (_, asked, options, outcomes, effects) => {
    const outside = call(await engines(), { grants: all, ...options })
    const seen: string[] = []
    for (const effect of asked) {
      const { answer } = await outside.ask(effect)
      seen.push((answer as { failure?: EffectFailure }).failure?.code ?? 'ok')
    }
    expect(seen).toEqual(outcomes)
    expect(outside.effects).toEqual({ files: [], ...effects })
  })

  test('in MessagePack', async () => {
    const outside = call(await engines(), { grants: all, encoding: 'msgpack' })
    await outside.ask({ kind: 'run.respond', ask: {}, bytes: Uint8Array.from(encode({ a: Buffer.from([1, 2]) })) })
    expect(outside.effects.respond).toEqual({ a: Uint8Array.of(1, 2) })
  })

  test('a webhook answers with its URL', async () => {
    const outside = call(await engines(), { grants: all, run: resumable })
    expect((await outside.ask(webhook())).answer).toEqual({ resumeUrl: resumable.resumeUrl })
  })
})
