import { randomBytes } from 'node:crypto'
import { loadConfig } from '#config/load.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { furnish as furnishStores, type Registries } from '#test/faults/support/furnish.ts'
import type { Canaries } from '../drive/canaries.ts'
import type { LabClient, LabPerson } from '../drive/cast.ts'
import type { Machine } from '../lab/machine.ts'

/** What the stores were furnished with. */
export type Furnished = { readonly client: LabClient; readonly people: readonly LabPerson[] }

export type Furnishing = {
  /** The environment of the machines. */
  readonly settings: { readonly [name: string]: string }
  readonly people: number
  readonly canaries: Canaries
}

const actor = 'bench'

/** Brings the database up to date, by the command of the checkout that the machine runs from. */
export async function migrate(machine: Machine): Promise<void> {
  await again(() => machine.signet(['db', 'migrate']))
}

/**
 * Makes an API, an app that may do everything, and people, in one go: a command for each of them would take longer than
 * many a scenario.
 */
export async function furnish({ settings, people, canaries }: Furnishing): Promise<Furnished> {
  const config = loadConfig({ mode: 'cli', env: settings, flags: {} })
  const made = await again((name) =>
    furnishStores({ config }, async (registries) => {
      await makeApi(registries)
      const client = await makeClient(registries, `app${name}`)
      const names = Array.from({ length: people }, (_, at) => `person-${at}${name}`)
      return { client, people: await Promise.all(names.map((each) => makePerson(registries, each))) }
    }),
  )
  canaries.add('client secret', made.client.secret)
  for (const { password } of made.people) canaries.add('password', password)
  return made
}

/** A busy machine may not answer in time; what became of it is not known, so it is another name then. */
async function again<A>(work: (name: string) => Promise<A>): Promise<A> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt === 0 ? '' : `-${attempt}`)
    } catch (error) {
      const isBusy = error instanceof Unavailable || String(error).includes('cannot answer')
      if (attempt > 4 || !isBusy) throw error
    }
  }
}

/** An attempt that was in doubt may have made it. */
async function makeApi({ apis, stores }: Registries): Promise<void> {
  const audience = 'https://lab.test'
  if (await stores.apis.find(audience)) return
  await apis.create({ audience, scopes: new Map([['lab:read', 'Read the laboratory']]) }, actor)
}

async function makeClient({ clients }: Registries, id: string): Promise<LabClient> {
  const redirectUri = 'https://app.lab.test/cb'
  const returnTo = 'https://app.lab.test/bye'
  const { secret = '' } = await clients.create(
    {
      ...{ id, name: 'The app', firstParty: true, redirectUris: [redirectUri], postLogoutRedirectUris: [returnTo] },
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
      scopes: ['openid', 'profile', 'offline_access', 'lab:read'],
    },
    actor,
  )
  return { id, secret, redirectUri, returnTo }
}

async function makePerson({ users }: Registries, username: string): Promise<LabPerson> {
  const password = `pass-${randomBytes(12).toString('base64url')}`
  await users.create({ username }, password, actor)
  return { username, password }
}
