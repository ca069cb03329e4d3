import { expectTypeOf, test } from 'vitest'
import {
  type AuthValue,
  createAction,
  type DateRange,
  type PieceFile,
  Property,
  type PropsValue,
  type SecretTextValue,
} from '../src/index.ts'
import { type auth, type basic, type custom, type oauth2, type props, secret } from './everything.ts'

type Values = PropsValue<typeof props>

test('values have the types of their properties', () => {
  expectTypeOf<Values['short']>().toEqualTypeOf<string>()
  expectTypeOf<Values['long']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<Values['number']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<Values['check']>().toEqualTypeOf<boolean | undefined>()
  expectTypeOf<Values['span']>().toEqualTypeOf<DateRange | undefined>()
  expectTypeOf<Values['file']>().toEqualTypeOf<PieceFile | undefined>()
  expectTypeOf<Values['list']>().toEqualTypeOf<unknown[] | undefined>()
  expectTypeOf<NonNullable<Values['rows']>[number]>().toEqualTypeOf<{ name: string; kind: number | undefined }>()
  expectTypeOf<Values['mode']>().toEqualTypeOf<'fast' | 'slow'>()
  expectTypeOf<Values['modes']>().toEqualTypeOf<1[] | undefined>()
  expectTypeOf<Values['city']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<Values['cities']>().toEqualTypeOf<string[] | undefined>()
  expectTypeOf<Values['fields']>().toEqualTypeOf<Record<string, unknown> | undefined>()
  expectTypeOf<Values>().not.toHaveProperty('note')
})

test('connections have the types of their values', () => {
  expectTypeOf<AuthValue<typeof secret>>().toEqualTypeOf<SecretTextValue>()
  expectTypeOf<AuthValue<typeof basic>['username']>().toEqualTypeOf<string>()
  expectTypeOf<AuthValue<typeof custom>['props']>().toEqualTypeOf<{ url: string; key: string }>()
  expectTypeOf<AuthValue<typeof oauth2>['access_token']>().toEqualTypeOf<string>()
  expectTypeOf<AuthValue<undefined>>().toEqualTypeOf<undefined>()
  expectTypeOf<AuthValue<typeof auth>['type']>().toEqualTypeOf<
    'SECRET_TEXT' | 'BASIC_AUTH' | 'CUSTOM_AUTH' | 'OAUTH2' | 'CLOUD_OAUTH2' | 'PLATFORM_OAUTH2' | 'OIDC'
  >()
})

test('a run function is handed both', () => {
  createAction({
    name: 'a',
    displayName: 'A',
    auth: secret,
    props: {
      n: Property.Number({ displayName: 'N', required: true }),
      o: Property.Number({ displayName: 'O', required: false }),
      d: Property.StaticDropdown({
        displayName: 'D',
        required: true,
        options: { options: [{ label: 'A', value: 'a' }] },
      }),
      e: Property.Dropdown({
        displayName: 'E',
        required: true,
        refreshers: [],
        options: async () => ({ options: [{ label: 'A', value: 1 }] }),
      }),
      r: Property.Array({
        displayName: 'R',
        required: true,
        properties: { t: Property.ShortText({ displayName: 'T', required: true }) },
      }),
    },
    async run({ auth, propsValue, store }) {
      expectTypeOf(auth.secret_text).toEqualTypeOf<string>()
      expectTypeOf(propsValue).toEqualTypeOf<{
        n: number
        o: number | undefined
        d: 'a'
        e: number
        r: { t: string }[]
      }>()
      expectTypeOf(await store.get<{ a: 1 }>('k')).toEqualTypeOf<{ a: 1 } | null>()
    },
  })
  createAction({
    name: 'b',
    displayName: 'B',
    props: {},
    run({ auth }) {
      expectTypeOf(auth).toEqualTypeOf<undefined>()
    },
  })
  Property.StaticDropdown({
    displayName: 'D',
    required: true,
    // @ts-expect-error the default is none of the options
    defaultValue: 'c',
    options: { options: [{ label: 'A', value: 'a' }] },
  })
})
