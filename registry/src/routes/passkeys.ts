/** @module routes/passkeys: what the script of the sign-in and account pages asks: two questions and two answers, as JSON. */
import Type from 'typebox'
import { FOREVER } from '../answers.ts'
import { RegistryError } from '../errors.ts'
import { askToRegister, askToSignIn, register, type Site, signInWith, siteOf } from '../passkeys/ceremony.ts'
import { SCRIPT, script } from '../passkeys/script.ts'
import type { RouteContext, Server } from '../server.ts'
import { nextOf, setSession, signedIn } from '../visitor.ts'

const LABEL_CHARS = 100

export function passkeyRoutes(server: Server, { registry, place }: RouteContext): void {
  const { catalog, settings } = registry
  const { accounts, passkeys, moderation } = catalog
  const rateLimit = { max: settings.signInsPerMinute, timeWindow: 60_000 }
  const open = { schema: { hide: true }, config: { rateLimit } }
  const own = { schema: { hide: true }, config: { rateLimit, needs: 'session' as const } }
  const site = (): Site => {
    const found = siteOf(place.publicUrl, settings.title)
    if (!found) throw new RegistryError('AR_PASSKEY_REFUSED', { detail: `there are none for ${place.publicUrl}` })
    return found
  }
  const text = Type.String({ maxLength: 8_000 })
  const closed = { additionalProperties: false }
  const answer = Type.Record(Type.String(), Type.Unknown())

  server.get(SCRIPT, { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', FOREVER)
      .send((await script()).text),
  )

  server.post('/sign-in/passkey/options', open, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send(await askToSignIn(passkeys, site())),
  )
  server.post(
    '/sign-in/passkey',
    { ...open, schema: { hide: true, body: Type.Object({ response: answer, next: Type.Optional(text) }, closed) } },
    async ({ body }, reply) => {
      const account = await signInWith(passkeys, site(), body.response)
      setSession(reply, place, await accounts.beginSession(account.id), settings.sessionMs)
      return reply.header('cache-control', 'no-store').send({ next: nextOf(body.next) ?? '/account' })
    },
  )

  // Whoever holds a session for a moment adds no way in that stays: the password is asked for.
  server.post(
    '/account/passkeys/options',
    { ...own, schema: { hide: true, body: Type.Object({ password: text }, closed) } },
    async (request, reply) => {
      const { account } = signedIn(request)
      await accounts.demandPassword(account.name, request.body.password)
      return reply.header('cache-control', 'no-store').send(await askToRegister(passkeys, site(), account))
    },
  )
  server.post(
    '/account/passkeys',
    { ...own, schema: { hide: true, body: Type.Object({ response: answer, label: text }, closed) } },
    async (request, reply) => {
      const { account } = signedIn(request)
      const label = request.body.label.trim().slice(0, LABEL_CHARS) || 'passkey'
      await register(passkeys, site(), account, label, request.body.response)
      await moderation.log(account.id, 'passkey', account.name, label)
      return reply.code(201).send({ label })
    },
  )
}
