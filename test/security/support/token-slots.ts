import {
  authorizeUrl,
  getCode,
  introspect,
  parameters,
  postForm,
  redeem,
  refresh,
  revoke,
  type Tokens,
  userInfo,
} from './steps.ts'
import type { Answer, World } from './world.ts'

/** A place where a token can be shown, and whether what was shown there was taken for good. */
export type Slot = { readonly name: string; readonly accepts: (token: string) => Promise<boolean> }

/** Every place that reads a token as a proof of something. `tokens` are of `c1`, whose person stays signed in. */
export function slotsOf(world: World, tokens: Tokens): readonly Slot[] {
  const { c1, issuer } = world
  const isGranted = (answer: Answer) => answer.status === 200 && typeof answer.json.access_token === 'string'
  const isActive = (answer: Answer) => answer.json.active === true
  return [
    { name: 'bearer at UserInfo', accepts: async (token) => (await userInfo(world, token)).status === 200 },
    {
      name: 'access_token in the body',
      accepts: async (token) => (await postForm(world, '/userinfo', { access_token: token })).status === 200,
    },
    { name: 'introspection', accepts: async (token) => isActive(await introspect(world, c1, token)) },
    { name: 'refresh_token', accepts: async (token) => isGranted(await refresh(world, c1, token)) },
    {
      name: 'code',
      async accepts(code) {
        const granted = await getCode(world, { person: tokens.person })
        return isGranted(await redeem(world, granted, { changes: { code } }))
      },
    },
    { name: 'id_token_hint at authorize', accepts: (token) => isHint(world, tokens, token) },
    { name: 'id_token_hint at sign-out', accepts: (token) => isLogoutHint(world, token) },
    {
      name: 'client_secret',
      accepts: async (token) =>
        (await revoke(world, { ...world.c2, secret: token }, 'x')).status === 200 ||
        (await revoke(world, { ...c1, secret: token }, 'x')).status === 200,
    },
    {
      name: 'client_assertion',
      async accepts(token) {
        const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
        const fields = { client_id: c1.id, client_assertion_type: type, client_assertion: token, token: 'x' }
        return (await postForm(world, '/revoke', fields)).status === 200
      },
    },
    {
      name: 'session cookie',
      async accepts(token) {
        const headers = { cookie: `signet-session=${token}` }
        const answer = await world.send(authorizeUrl(world, c1, { prompt: 'none' }), { headers })
        return answer.location?.searchParams.has('code') ?? false
      },
    },
    {
      name: 'request object',
      async accepts(token) {
        const answer = await world.send(authorizeUrl(world, c1, { request: token }))
        return answer.location?.origin === issuer
      },
    },
  ]
}

/** A hint that is believed names a person silently: with another one's the answer would be an error. */
async function isHint(world: World, { person }: Tokens, token: string): Promise<boolean> {
  const url = authorizeUrl(world, world.c1, { prompt: 'none', id_token_hint: token })
  return (await person.authorize(url)).searchParams.has('code')
}

/** A hint that is believed signs out, and leads back, without a question. No cookie is sent, so that nobody is. */
async function isLogoutHint(world: World, token: string): Promise<boolean> {
  const query = parameters({ id_token_hint: token, post_logout_redirect_uri: 'https://c1.test/bye' })
  const answer = await world.send(`/logout?${query}`)
  return answer.location?.href === 'https://c1.test/bye'
}
