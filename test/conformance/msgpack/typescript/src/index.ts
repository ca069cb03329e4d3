import { createAction, createPiece, Property } from '@ap-wasm/piece'
import { msgpack } from '@ap-wasm/piece/msgpack'

const echo = createAction({
  name: 'echo',
  displayName: 'Echo',
  description: 'Answers with the value that it was given.',
  props: { value: Property.Json({ displayName: 'Value', required: false }) },
  run: ({ propsValue }) => propsValue.value ?? null,
})

export const piece = createPiece({
  displayName: 'Conformance in MessagePack',
  encoding: msgpack,
  actions: [echo],
  triggers: [],
})
