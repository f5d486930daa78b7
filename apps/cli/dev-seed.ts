import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { ApiStore } from '#core/apis/api.ts'
import type { ApiRegistry } from '#core/apis/api-registry.ts'
import type { Client } from '#core/clients/client.ts'
import type { ClientRegistry } from '#core/clients/client-registry.ts'
import { secretsOf } from '#core/clients/client-secret.ts'
import type { ClientStore } from '#core/clients/client-store.ts'
import { digest, sameDigest } from '#core/oauth/random.ts'
import type { UserRegistry } from '#core/users/user-registry.ts'
import type { UserStore } from '#core/users/user-store.ts'
import { readablePassword } from './dev-password.ts'

/** Where the samples are, and where the app's secret is kept. */
export type DevPlaces = { readonly app: string; readonly api: string; readonly secretFile: string }

export type DevRegistries = {
  readonly stores: { readonly users: UserStore; readonly clients: ClientStore; readonly apis: ApiStore }
  readonly users: UserRegistry
  readonly clients: ClientRegistry
  readonly apis: ApiRegistry
}

/** Who the audit trail says it was. */
const actor = 'system'
const clientId = 'sample-app'

/** The person that `signet dev` makes. */
export const demoUsername = 'demo'

/**
 * Makes what the samples need and what is not there yet: an API, a client, a person. Run at every start, it follows the
 * samples to other ports and leaves alone what an operator has changed. Answers the person's password where it made one.
 */
export async function seedDev(registries: DevRegistries, places: DevPlaces): Promise<string | undefined> {
  await seedApi(registries, places.api)
  await seedClient(registries, places)
  return seedPerson(registries)
}

async function seedApi({ stores, apis }: DevRegistries, audience: string): Promise<void> {
  if (await stores.apis.find(audience)) return
  const moved = (await stores.apis.list()).find((api) => api.scopes.has('notes:read') && isLocal(api.audience))
  if (moved) await apis.remove(moved.audience, actor)
  await apis.create({ audience, scopes: new Map([['notes:read', 'Read your notes']]) }, actor)
}

function isLocal(audience: string): boolean {
  return /^http:\/\/localhost:\d+$/.test(audience)
}

async function seedClient({ stores, clients }: DevRegistries, { app, secretFile }: DevPlaces): Promise<void> {
  const places = {
    redirectUris: [`${app}/callback`],
    postLogoutRedirectUris: [`${app}/signed-out`],
    backchannelLogout: { uri: `${app}/backchannel-logout`, sessionRequired: true },
    clientUri: app,
  }
  const found = await stores.clients.find(clientId)
  if (!found) {
    const grantTypes = ['authorization_code', 'refresh_token']
    const scopes = ['openid', 'profile', 'email', 'notes:read']
    const made = await clients.create({ id: clientId, name: 'Notes', grantTypes, scopes, ...places }, actor)
    return keepSecret(secretFile, made.secret)
  }
  if (!found.redirectUris.includes(places.redirectUris[0] ?? '')) await clients.update(clientId, places, actor)
  if (knowsSecret(found, readSecret(secretFile))) return
  keepSecret(secretFile, (await clients.rotateSecret(clientId, { overlap: 0 }, actor)).secret)
}

function knowsSecret({ authentication }: Client, secret: string | undefined): boolean {
  if (!secret) return false
  return secretsOf(authentication).some(({ hash, expiresAt }) => !expiresAt && sameDigest(hash, digest(secret)))
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** For its owner alone, and never half written. */
function keepSecret(path: string, secret: string | undefined): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${secret}\n`, { mode: 0o600, flush: true })
  chmodSync(draft, 0o600)
  renameSync(draft, path)
}

async function seedPerson({ stores, users }: DevRegistries): Promise<string | undefined> {
  if (await stores.users.findByName(demoUsername)) return undefined
  const password = readablePassword()
  const claims = { name: 'Demo Person', given_name: 'Demo', family_name: 'Person', locale: 'en' }
  const email = 'demo@example.com'
  await users.create({ username: demoUsername, email, emailVerified: true, claims }, password, actor)
  return password
}
