import { expect, test } from 'vitest'
import type { Call } from '../call.ts'
import { defaultLimits } from '../limits.ts'
import type { Manifest } from '../manifest.ts'
import { prepare } from './prepare.ts'

const property = (type: string) => ({ type, displayName: type, required: false })
const props = {
  file: property('FILE'),
  files: { ...property('ARRAY'), properties: { one: property('FILE') } },
  loose: property('ARRAY'),
  json: property('JSON'),
  object: property('OBJECT'),
}
const manifest = {
  name: 'p',
  version: '1.0.0',
  description: {
    encoding: 'json',
    actions: {},
    triggers: { hooked: { type: 'WEBHOOK', props, requireAuth: false } },
  },
} as unknown as Manifest

const file = (reference: string) => ({ filename: 'a', mediaType: 'text/plain', size: 1, reference })

test('the files of a call are those of its FILE properties; a reference elsewhere is data', async () => {
  const call: Call = {
    ...{ tenant: 't', piece: 'p', version: '1.0.0', kind: 'trigger', name: 'hooked', hook: 'run' },
    input: {
      props: {
        file: file('file:given'),
        files: [{ one: file('file:listed') }, { one: { filename: 'b', data: 'AQID' } }],
        loose: [file('file:loose')],
        json: { file: file('file:json') },
        object: file('file:object'),
      },
      payload: { body: { file: file('file:sent') }, headers: {}, queryParams: {} },
    },
  }
  const about = { acceptedAt: 0, limits: defaultLimits(), seen: { callId: 'call', now: 0 } }
  const prepared = await prepare(call, manifest, about, async (uploads) => {
    for (const upload of uploads) upload.replace(file('file:stored'))
  })
  expect([...prepared.files]).toEqual(['file:given', 'file:listed', 'file:stored'])
  expect(JSON.stringify(prepared.values.input)).toContain('file:sent')
})
