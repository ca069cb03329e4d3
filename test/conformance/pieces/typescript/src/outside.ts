import { createAction, ensureOk, env, Property } from '@ap-wasm/piece'

export const http = createAction({
  name: 'http',
  displayName: 'HTTP request',
  description: 'Sends one request and answers with what came back.',
  requireAuth: false,
  props: {
    url: Property.ShortText({ displayName: 'URL', required: true }),
    method: Property.StaticDropdown({
      displayName: 'Method',
      required: true,
      defaultValue: 'GET',
      options: {
        options: [
          { label: 'GET', value: 'GET' },
          { label: 'POST', value: 'POST' },
          { label: 'PUT', value: 'PUT' },
          { label: 'DELETE', value: 'DELETE' },
          { label: 'HEAD', value: 'HEAD' },
        ],
      },
    }),
    headers: Property.Object({ displayName: 'Headers', required: false }),
    body: Property.LongText({ displayName: 'Body', required: false }),
    redirect: Property.StaticDropdown({
      displayName: 'Redirects',
      required: true,
      defaultValue: 'follow',
      options: {
        options: [
          { label: 'Follow', value: 'follow' },
          { label: 'Hand out', value: 'manual' },
        ],
      },
    }),
    timeoutMs: Property.Number({ displayName: 'Timeout', required: false }),
    check: Property.Checkbox({ displayName: 'Refuse statuses', required: true, defaultValue: true }),
  },
  async run({ propsValue: { url, method, headers, body, redirect, timeoutMs, check } }) {
    const response = await fetch(url, {
      method,
      headers: headers as Record<string, string>,
      redirect,
      ...(body !== undefined && { body }),
      ...(timeoutMs !== undefined && { signal: AbortSignal.timeout(timeoutMs) }),
    })
    if (check) await ensureOk(response)
    return {
      status: response.status,
      contentType: response.headers.get('content-type'),
      location: response.headers.get('location'),
      body: await response.text(),
    }
  },
})

export const httpAll = createAction({
  name: 'http_all',
  displayName: 'Many requests at once',
  description: 'Gets all addresses at the same time.',
  requireAuth: false,
  props: { urls: Property.Array({ displayName: 'URLs', required: true }) },
  run: ({ propsValue }) => Promise.all(propsValue.urls.map(async (url) => (await fetch(String(url))).text())),
})

export const state = createAction({
  name: 'state',
  displayName: 'State',
  description: 'Uses the store.',
  requireAuth: false,
  props: {
    op: Property.StaticDropdown({
      displayName: 'Operation',
      required: true,
      options: {
        options: [
          { label: 'Get', value: 'get' },
          { label: 'Put', value: 'put' },
          { label: 'Delete', value: 'delete' },
          { label: 'Keys', value: 'keys' },
        ],
      },
    }),
    scope: Property.StaticDropdown({
      displayName: 'Scope',
      required: true,
      defaultValue: 'flow',
      options: {
        options: [
          { label: 'Flow', value: 'flow' },
          { label: 'Project', value: 'project' },
        ],
      },
    }),
    key: Property.ShortText({ displayName: 'Key', required: false, defaultValue: 'key' }),
    value: Property.Json({ displayName: 'Value', required: false }),
    prefix: Property.ShortText({ displayName: 'Prefix', required: false }),
    after: Property.ShortText({ displayName: 'After', required: false }),
    times: Property.Number({ displayName: 'Times', required: true, defaultValue: 1 }),
  },
  async run({ store, propsValue: { op, scope: name, key = '', value, prefix, after, times } }) {
    const scope = name === 'flow' ? 'FLOW' : 'COLLECTION'
    let found: unknown = null
    for (let n = 0; n < times; n++) {
      if (op === 'get') found = await store.get(key, scope)
      if (op === 'put') await store.put(key, value ?? null, scope)
      if (op === 'delete') await store.delete(key, scope)
      if (op === 'keys')
        found = await store.keys({
          scope,
          ...(prefix !== undefined && { prefix }),
          ...(after !== undefined && { after }),
        })
    }
    return found
  },
})

export const writeFile = createAction({
  name: 'write_file',
  displayName: 'Write a file',
  description: 'Answers with the reference of the last file that it wrote.',
  requireAuth: false,
  props: {
    name: Property.ShortText({ displayName: 'Name', required: true }),
    text: Property.LongText({ displayName: 'Text', required: true }),
    mediaType: Property.ShortText({ displayName: 'Media type', required: false }),
    times: Property.Number({ displayName: 'Times', required: true, defaultValue: 1 }),
  },
  async run({ files, propsValue: { name, text, mediaType, times } }) {
    let reference: string | null = null
    for (let n = 0; n < times; n++)
      reference = await files.write({ fileName: name, data: text, ...(mediaType !== undefined && { mediaType }) })
    return reference
  },
})

export const readFile = createAction({
  name: 'read_file',
  displayName: 'Read a file',
  description: 'Answers with what a file says, or a part of it.',
  requireAuth: false,
  props: {
    file: Property.File({ displayName: 'File', required: true }),
    reference: Property.ShortText({ displayName: 'Another reference', required: false }),
    offset: Property.Number({ displayName: 'Offset', required: false }),
    maxBytes: Property.Number({ displayName: 'At most', required: false }),
  },
  async run({ files, propsValue: { file, reference, offset, maxBytes } }) {
    const part = reference !== undefined || offset !== undefined || maxBytes !== undefined
    const bytes = part
      ? await files.read(reference ?? file.reference, { offset: offset ?? 0, maxBytes: maxBytes ?? 1_048_576 })
      : file.data
    return {
      filename: file.filename,
      mediaType: file.mediaType,
      size: file.size,
      extension: file.extension ?? null,
      text: new TextDecoder().decode(bytes),
    }
  },
})

export const steer = createAction({
  name: 'steer',
  displayName: 'Steer the run',
  description: 'Answers, ends or pauses the run, or says what it knows of it.',
  requireAuth: false,
  props: {
    what: Property.StaticDropdown({
      displayName: 'What',
      required: true,
      options: {
        options: [
          { label: 'Info', value: 'info' },
          { label: 'Respond', value: 'respond' },
          { label: 'Respond twice', value: 'twice' },
          { label: 'Stop', value: 'stop' },
          { label: 'Stop with an answer', value: 'stop_with' },
          { label: 'Wait', value: 'wait' },
          { label: 'Wait for a webhook', value: 'webhook' },
        ],
      },
    }),
  },
  async run({ run, step, project, flows, executionType, resumePayload, propsValue: { what } }) {
    if (what === 'info')
      return {
        id: run.id,
        attempt: run.attempt,
        testing: run.testing,
        step: step.name ?? null,
        project: project.id,
        flow: flows.current.id ?? null,
        executionType,
        hasDeadline: (run.deadlineMs ?? 0) > 0,
      }
    if (executionType === 'RESUME') return { resumed: resumePayload }
    const response = { status: 201, headers: { 'x-a': '1' }, body: { a: 1 } }
    if (what === 'respond' || what === 'twice') run.respond({ response })
    if (what === 'twice') run.respond({ response })
    if (what === 'stop') run.stop()
    if (what === 'stop_with') run.stop({ response })
    if (what === 'wait') run.waitUntil(Date.UTC(2030, 0, 1))
    if (what === 'webhook') return run.waitForWebhook(response)
    return null
  },
})

export const log = createAction({
  name: 'log',
  displayName: 'Log',
  description: 'Writes a line at each level, or one long line.',
  requireAuth: false,
  props: { chars: Property.Number({ displayName: 'Characters of one line', required: false }) },
  run({ propsValue: { chars } }) {
    if (chars !== undefined) {
      console.info('x'.repeat(chars))
      return null
    }
    console.debug('a debug line')
    console.info('an info line: ünï 😀')
    console.warn('a warning')
    console.error('an error')
    return null
  },
})

export const environment = createAction({
  name: 'environment',
  displayName: 'Environment',
  description: 'Answers with a variable, or null.',
  requireAuth: false,
  props: { name: Property.ShortText({ displayName: 'Name', required: true }) },
  run: ({ propsValue }) => env(propsValue.name) ?? null,
})
