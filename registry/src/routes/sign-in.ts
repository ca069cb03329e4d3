/** @module routes/sign-in: the forms of the pages: accounts, tokens, keys, consent, reports. A form answers with a page or a redirect. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { REPORT_REASONS } from '../catalog/moderation.ts'
import { RegistryError } from '../errors.ts'
import { sendPage } from '../pages/layout.ts'
import { moderationPage, reportPage } from '../pages/report.ts'
import { accountPage, devicePage, type FormState, signInPage, signUpPage } from '../pages/sign-in.ts'
import { siteOf } from '../passkeys/ceremony.ts'
import { script } from '../passkeys/script.ts'
import { findPiece } from '../piece.ts'
import { DAY_MS, quotasOf } from '../quotas.ts'
import type { RouteContext, Server } from '../server.ts'
import { clearSession, moderator, nextOf, sessionOf, setSession, signedIn } from '../visitor.ts'

/** A reason is a word at least. */
const REASON_CHARS = 3

type Form = Record<string, string | undefined>

/** Of a form: texts alone, each of a bounded length. */
const formOf = (request: FastifyRequest): Form =>
  Object.fromEntries(
    Object.entries((request.body ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value.slice(0, 8_000)]] : [],
    ),
  )

/** An empty field asks for nothing. */
const numberOf = (text: string | undefined, unit = 1): number | undefined =>
  text === undefined || text.trim() === '' ? undefined : Number(text) * unit

/** What the visitor can mend is said on the form; all else is an error page. */
function saidBy(error: unknown, reply: FastifyReply): string {
  if (!(error instanceof RegistryError) || error.status >= 500) throw error
  reply.code(error.status)
  return error.message
}

export function signInRoutes(server: Server, { registry, place }: RouteContext): void {
  const { catalog, settings } = registry
  const { accounts, passkeys, tokens, moderation } = catalog
  const rateLimit = { max: settings.signInsPerMinute, timeWindow: 60_000 }
  const open = { schema: { hide: true } }
  const limited = { ...open, config: { rateLimit } }
  const own = { ...open, config: { needs: 'session' as const } }
  const signUp = settings.signUp === 'open'
  /** The address of their script, where this registry can have passkeys. */
  const passkeyScript = async (): Promise<string | undefined> =>
    siteOf(place.publicUrl, settings.title) && (await script()).href
  const showSignIn = async (request: FastifyRequest, reply: FastifyReply, state: FormState) =>
    sendPage(request, reply, signInPage({ ...state, passkeys: await passkeyScript() }, signUp))

  async function enter(reply: FastifyReply, name: string, password: string, next: string | undefined) {
    setSession(reply, place, await accounts.signIn(name, password), settings.sessionMs)
    return reply.redirect(next ?? '/account', 303)
  }

  server.get('/sign-in', open, async (request, reply) => {
    const next = nextOf((request.query as Form).next)
    if (request.caller) return reply.redirect(next ?? '/account', 303)
    return showSignIn(request, reply, { next })
  })
  server.post('/sign-in', limited, async (request, reply) => {
    const { name = '', password = '', next } = formOf(request)
    try {
      return await enter(reply, name, password, nextOf(next))
    } catch (error) {
      return showSignIn(request, reply, { name, next: nextOf(next), said: saidBy(error, reply) })
    }
  })

  if (signUp) {
    server.get('/sign-up', open, async (request, reply) =>
      sendPage(request, reply, signUpPage({ next: nextOf((request.query as Form).next) })),
    )
    server.post('/sign-up', limited, async (request, reply) => {
      const { name = '', password = '', next } = formOf(request)
      try {
        await accounts.add(name, password)
        return await enter(reply, name, password, nextOf(next))
      } catch (error) {
        return sendPage(request, reply, signUpPage({ name, next: nextOf(next), said: saidBy(error, reply) }))
      }
    })
  }

  server.post('/sign-out', own, async (request, reply) => {
    await accounts.signOut(sessionOf(request, place) ?? '')
    return clearSession(reply, place).redirect('/', 303)
  })

  async function showAccount(
    request: FastifyRequest,
    reply: FastifyReply,
    more: { made?: { token: string; label: string }; said?: string } = {},
  ) {
    const { account } = signedIn(request)
    const [names, list, keys, held, script] = await Promise.all([
      catalog.owners.namesOf(account.id),
      tokens.list(account.id),
      accounts.keys(account.id),
      passkeys.list(account.id),
      passkeyScript(),
    ])
    const registryUrl = new URL(place.publicUrl).origin
    const quotas = await quotasOf(catalog.db, settings, { accountId: account.id })
    const withQuotas = list.map(async (token) => {
      const all = await quotasOf(catalog.db, settings, { accountId: account.id, token })
      return { ...token, quotas: all.filter(({ whose }) => whose === 'token') }
    })
    const state = { account, names, tokens: await Promise.all(withQuotas), quotas, keys, registryUrl }
    return sendPage(request, reply, accountPage({ ...state, passkeys: { held, script }, ...more }))
  }
  server.get('/account', own, (request, reply) => showAccount(request, reply))
  server.post('/account/tokens', own, async (request, reply) => {
    const { account } = signedIn(request)
    const { label = '', scope = '*', days, versionsPerDay, mebibytesPerDay } = formOf(request)
    try {
      if (label.trim() === '') throw new RegistryError('AR_BAD_REQUEST', { detail: 'a token needs a name' })
      const { token } = await tokens.add(
        ...([account.id, label.slice(0, 100), scope, Number(days) * DAY_MS] as const),
        { versionsPerDay: numberOf(versionsPerDay), bytesPerDay: numberOf(mebibytesPerDay, 1024 ** 2) },
      )
      await moderation.log(account.id, 'token', account.name, `${label.slice(0, 100)} for ${scope}`)
      return await showAccount(request, reply, { made: { token, label: label.slice(0, 100) } })
    } catch (error) {
      return showAccount(request, reply, { said: saidBy(error, reply) })
    }
  })
  server.post('/account/password', { ...own, config: { ...own.config, rateLimit } }, async (request, reply) => {
    const { account } = signedIn(request)
    const { password = '', fresh = '' } = formOf(request)
    try {
      await accounts.demandPassword(account.name, password)
      await accounts.setPassword(account.name, fresh)
      await moderation.log(account.id, 'password', account.name)
      return await enter(reply, account.name, fresh, undefined)
    } catch (error) {
      return showAccount(request, reply, { said: saidBy(error, reply) })
    }
  })
  for (const [path, revoke] of [
    ['/account/tokens/revoke', tokens.revoke],
    ['/account/keys/revoke', accounts.revokeKey],
    ['/account/passkeys/remove', passkeys.remove],
  ] as const)
    server.post(path, own, async (request, reply) => {
      await revoke(signedIn(request).account.id, formOf(request).id ?? '')
      return reply.redirect('/account', 303)
    })

  server.get('/device', limited, async (request, reply) => {
    const { code } = request.query as Form
    if (!request.caller) {
      const next = nextOf(code === undefined ? '/device' : `/device?code=${encodeURIComponent(code)}`) ?? '/device'
      return reply.redirect(`/sign-in?next=${encodeURIComponent(next)}`, 303)
    }
    const login = code === undefined ? undefined : await tokens.pendingLogin(code)
    const said =
      code !== undefined && !login ? 'No command line waits behind that code, or it waited too long.' : undefined
    return sendPage(request, reply, devicePage({ login, code: code ?? '', said }))
  })
  server.post('/device', { ...own, config: { ...own.config, rateLimit } }, async (request, reply) => {
    const { account } = signedIn(request)
    const { code = '', answer } = formOf(request)
    const answered = answer === 'yes' ? 'approved' : 'refused'
    if (await tokens.answerLogin(code, account.id, answered === 'approved'))
      return sendPage(request, reply, devicePage({ answered }))
    reply.code(410)
    return sendPage(request, reply, devicePage({ code, said: 'That code was answered already, or waited too long.' }))
  })

  server.get('/pieces/:name/report', open, async (request, reply) => {
    const { name } = await findPiece(registry, (request.params as { name: string }).name)
    return sendPage(request, reply, reportPage(name))
  })
  server.post('/pieces/:name/report', limited, async (request, reply) => {
    const { name } = await findPiece(registry, (request.params as { name: string }).name)
    const { reason, detail = '' } = formOf(request)
    const known = REPORT_REASONS.find((one) => one === reason)
    if (!known || detail.trim() === '') {
      reply.code(400)
      return sendPage(request, reply, reportPage(name, { said: 'Say what is wrong, and what you saw.' }))
    }
    await moderation.report(name, undefined, known, detail.slice(0, 4_000))
    return sendPage(request, reply, reportPage(name, { sent: true }))
  })

  server.get('/moderation', own, async (request, reply) => {
    moderator(request)
    return sendPage(request, reply, moderationPage(await moderation.open(), await moderation.entries()))
  })
  server.post('/moderation', own, async (request, reply) => {
    const { account } = moderator(request)
    const { id = '', piece = '', outcome = '', answer } = formOf(request)
    if (outcome.trim().length < REASON_CHARS)
      throw new RegistryError('AR_BAD_REQUEST', { detail: 'a report is closed, and a piece hidden, with a reason' })
    if (answer === 'hide') {
      await catalog.pieces.setHidden(piece, undefined, outcome)
      await registry.catchUp()
    }
    await moderation.closeReport(id, outcome)
    await moderation.log(account.id, answer === 'hide' ? 'hide' : 'close report', piece, outcome)
    return reply.redirect('/moderation', 303)
  })
}
