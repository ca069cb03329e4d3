/** @module routes/login: how a command line comes to a token: it shows a code, and its user consents in a browser (RFC 8628). */

import { TOKEN_MS } from '../catalog/tokens.ts'
import { absolute } from '../hrefs.ts'
import { LoginAnswer, LoginBody, Problem, TokenAnswer, TokenBody } from '../schemas.ts'
import type { RouteContext, Server } from '../server.ts'

const INTERVAL_MS = 2_000

export function loginRoutes(server: Server, { registry, place }: RouteContext): void {
  const { catalog, settings } = registry
  const rateLimit = { max: settings.signInsPerMinute, timeWindow: 60_000 }

  server.post(
    '/api/v1/login/device',
    {
      config: { rateLimit },
      schema: {
        tags: ['sign in'],
        summary: 'Begin: show `userCode` and `verificationUrl` to the user.',
        body: LoginBody,
        response: { 200: LoginAnswer, 400: Problem, 429: Problem },
      },
    },
    async ({ body }, reply) => {
      const { label, scope = '*', lifetimeMs = TOKEN_MS.usual, publicKey } = body
      const { deviceCode, userCode, expiresAt } = await catalog.tokens.beginLogin({
        ...{ label, scope, lifetimeMs, publicKey },
      })
      reply.header('cache-control', 'no-store')
      return {
        ...{ deviceCode, userCode, intervalMs: INTERVAL_MS },
        verificationUrl: absolute(place.publicUrl, `/device?code=${userCode}`),
        expiresAt: new Date(expiresAt).toISOString(),
      }
    },
  )

  server.post(
    '/api/v1/login/token',
    {
      schema: {
        tags: ['sign in'],
        summary: 'The token, once the user has consented; AR_LOGIN_PENDING until then.',
        body: TokenBody,
        response: { 200: TokenAnswer, 409: Problem, 410: Problem },
      },
    },
    async ({ body }, reply) => {
      const login = await catalog.tokens.takeLogin(body.deviceCode)
      const account = await catalog.accounts.byId(login.account_id)
      const { token, scope, expiresAt, label } = await catalog.tokens.add(
        ...([login.account_id, login.label, login.scope, login.lifetime_ms] as const),
      )
      const keyId =
        login.public_key === null ? undefined : await catalog.accounts.addKey(account.id, login.public_key, label)
      await catalog.moderation.log(account.id, 'sign in', account.name, label)
      reply.header('cache-control', 'no-store')
      return {
        ...{ token, account: account.name, scope, expiresAt: new Date(expiresAt).toISOString() },
        ...(keyId === undefined ? {} : { keyId }),
      }
    },
  )
}
