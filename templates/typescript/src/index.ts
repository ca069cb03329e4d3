import {
  createAction,
  createPiece,
  createTrigger,
  DedupeStrategy,
  PieceAuth,
  PieceCategory,
  type Polling,
  Property,
  pollingHelper,
  TriggerStrategy,
} from '@ap-wasm/piece'
import { get, type Post, type User } from './api'
import { countWords } from './words'

const auth = PieceAuth.SecretText({
  displayName: 'API token',
  description: 'Any text serves: the sample service takes every token.',
  required: true,
  validate: async ({ auth }) => {
    if (auth.trim() === '') return { valid: false, error: 'the token is empty' }
    await get('/users/1', auth)
    return { valid: true }
  },
})

const author = Property.Dropdown({
  displayName: 'Author',
  description: 'Whose posts.',
  required: false,
  auth,
  refreshers: [],
  options: async ({ auth }) => {
    if (auth === undefined) return { disabled: true, options: [], placeholder: 'Connect first' }
    const users = await get<User[]>('/users', auth.secret_text)
    return { options: users.map((user) => ({ label: user.name, value: user.id })) }
  },
})

const getPost = createAction({
  name: 'get_post',
  displayName: 'Get a post',
  description: 'Reads one post of the sample service.',
  auth,
  props: {
    id: Property.Number({ displayName: 'Post', description: 'Its number.', required: true }),
  },
  aiMetadata: { description: 'Reads one post by its number.', idempotent: true },
  async run({ auth, propsValue }) {
    const post = await get<Post>(`/posts/${propsValue.id}`, auth.secret_text)
    console.info('read post', post.id)
    return post
  },
})

const count = createAction({
  name: 'count_words',
  displayName: 'Count words',
  description: 'Counts the words of a text, without any network.',
  requireAuth: false,
  props: {
    text: Property.LongText({ displayName: 'Text', required: true }),
    order: Property.StaticDropdown({
      displayName: 'Order',
      required: true,
      defaultValue: 'frequency',
      options: {
        options: [
          { label: 'Most frequent first', value: 'frequency' },
          { label: 'Alphabetical', value: 'alphabet' },
        ],
      },
    }),
  },
  run: ({ propsValue }) => countWords(propsValue.text, propsValue.order),
})

const polling: Polling<typeof auth, { author: typeof author }> = {
  strategy: DedupeStrategy.LAST_ITEM,
  async items({ auth, propsValue }) {
    const filter = propsValue.author === undefined ? '' : `&userId=${propsValue.author}`
    const posts = await get<Post[]>(`/posts?_sort=id&_order=desc&_limit=20${filter}`, auth.secret_text)
    return posts.map((post) => ({ id: post.id, data: post }))
  },
}

const newPost = createTrigger({
  name: 'new_post',
  displayName: 'New post',
  description: 'Starts a flow for each new post.',
  auth,
  type: TriggerStrategy.POLLING,
  props: { author },
  sampleData: { userId: 1, id: 1, title: 'A title', body: 'A text' },
  onEnable: (context) => pollingHelper.onEnable(polling, context),
  onDisable: (context) => pollingHelper.onDisable(polling, context),
  run: (context) => pollingHelper.poll(polling, context),
  test: (context) => pollingHelper.test(polling, context),
})

export const piece = createPiece({
  displayName: 'My piece',
  description: 'A sample: change it into your own.',
  authors: [],
  categories: [PieceCategory.DEVELOPER_TOOLS],
  auth,
  actions: [getPost, count],
  triggers: [newPost],
})
