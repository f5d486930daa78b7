import { expect } from 'vitest'
import { expectLocalError } from './answers.ts'
import { authorizeUrl } from './steps.ts'
import type { Answer, KnownClient, World } from './world.ts'

/** Sends authorization requests that differ in their redirect URI, by GET and by POST: a check of one alone is none. */
export function redirectProbe(world: World) {
  async function ask(client: KnownClient, redirectUri: string | readonly string[] | undefined): Promise<Answer[]> {
    const url = authorizeUrl(world, client, { redirect_uri: redirectUri })
    return [await world.send(url), await world.send('/authorize', { method: 'POST', body: url.searchParams })]
  }

  return {
    ask,
    /** Registers a client with one redirect URI, as the operator's command would. */
    async register(id: string, redirectUri: string, wishes = {}): Promise<KnownClient> {
      const made = await world.server.clients.create({ id, name: id, redirectUris: [redirectUri], ...wishes }, 'test')
      return { id, secret: made.secret ?? '', method: 'client_secret_basic', redirectUri }
    },
    async expectRefused(client: KnownClient, redirectUris: readonly string[]): Promise<void> {
      for (const redirectUri of redirectUris) {
        for (const answer of await ask(client, redirectUri)) expectLocalError(answer, JSON.stringify(redirectUri))
      }
    },
    /** The request is taken: the browser is led to one of our own pages. */
    async expectTaken(client: KnownClient, redirectUri: string): Promise<void> {
      for (const answer of await ask(client, redirectUri)) {
        expect(answer.status, redirectUri).toBe(303)
        expect(answer.location?.origin, redirectUri).toBe(world.issuer)
      }
    },
  }
}
