import type { ApiStore } from '../apis/api.ts'
import { chooseAudience } from '../apis/audience.ts'
import type { Client } from '../clients/client.ts'
import { refuse } from '../oauth/error.ts'
import { type Form, optional } from '../oauth/form.ts'
import type { Origin } from '../oauth/origin.ts'
import { covers, intersection, type Scopes } from '../oauth/scope.ts'
import { type Mint, releasesClaims } from '../tokens/mint.ts'
import type { AuthenticRefreshToken } from '../tokens/read-refresh-token.ts'
import { type RecoverParts, recoverFamily } from '../tokens/recover-family.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'
import { type FamilyStore, mayKeepAccess, type TokenFamily } from '../tokens/token-family.ts'
import type { User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'

export type PrepareParts = Omit<RecoverParts, 'families'> & {
  readonly issuer: string
  readonly families: Pick<FamilyStore, 'find' | 'recover'>
  readonly revocations: Pick<RevocationStore, 'has'>
  readonly users: Pick<UserStore, 'find'>
  readonly apis: ApiStore
  readonly mint: Pick<Mint, 'requireKeys'>
}

/** What a request asks for, and who asks. */
export type Wishes = {
  readonly wanted: Scopes | undefined
  readonly form: Form
  readonly client: Client
  readonly origin: Origin
}

/** What was looked up: whose claims the answer carries, what it covers, and for whom. */
export type Prepared = Awaited<ReturnType<typeof checkAll>>

/**
 * Does all that can be refused or fail before the claim, so that it costs no rotation: whoever comes back with the same
 * token after the grace window would be taken for a thief. `gone` where the family is lost and does not come back;
 * undefined where the store alone can tell what this token is, and will not rotate it.
 */
export async function prepareRefresh(
  parts: PrepareParts,
  authentic: AuthenticRefreshToken,
  wishes: Wishes,
): Promise<Prepared | 'gone' | undefined> {
  const { familyId, generation, macKid } = authentic
  const find = () => parts.families.find(familyId)
  let found = await find()
  if (found === 'lost') {
    if (!(await recoverFamily(parts, authentic, wishes.origin))) return 'gone'
    found = await find()
  }
  if (!found || found === 'lost' || found.family.macKid !== macKid) return undefined
  if (found.generation !== generation && found.generation !== generation + 1) return undefined
  if (wishes.wanted && !covers(found.family.scopes, wishes.wanted)) return undefined
  const prepared = await checkAll(parts, found.family, wishes)
  await refuseEnded(parts, found.family)
  return prepared
}

/**
 * Everything that can be refused, or fail, but for the race: the client's rights, the audience, the keys. The person is
 * read only where their claims are handed out: whether they may still sign in, the marks say after the claim, and a plain
 * refresh asks nothing of SQL.
 */
export async function checkAll(parts: PrepareParts, family: TokenFamily, wishes: Wishes) {
  checkClient(wishes.client, family)
  const { scopes, audience } = await chooseRights(parts, family, wishes)
  const user = releasesClaims(audience) ? await findPerson(parts, family) : undefined
  await parts.mint.requireKeys({ client: wishes.client, audience, macKid: family.macKid })
  return { user, scopes, audience }
}

/**
 * A refresh that races an end loses: what ended is looked up after the claim, never before it alone. Nor after it alone:
 * the marks are kept elsewhere than the family, and where they cannot be read the claim must not have happened yet.
 */
export async function refuseEnded({ revocations }: PrepareParts, family: TokenFamily): Promise<void> {
  const { id: familyId, sessionId, userId, clientId, versions } = family
  const hasEnded = await revocations.has({ jti: undefined, familyId, sessionId, userId, clientId, versions })
  if (hasEnded) refuse('invalid_grant', 'the sign-in has ended')
}

/** The person, whose claims the answer carries, if they may still have what the family was begun for. */
async function findPerson({ users }: PrepareParts, { userId, versions }: TokenFamily): Promise<User> {
  const user = await users.find(userId, 'remembered')
  if (!user?.enabled || user.tokenVersion > versions.user) refuse('invalid_grant', 'the sign-in has ended')
  return user
}

/** Whether the client may still have what the family was begun for. */
function checkClient(client: Client, family: TokenFamily): void {
  if (client.tokenVersion > family.versions.client) refuse('invalid_grant', 'the sign-in has ended')
  if (!mayKeepAccess(client, family)) refuse('invalid_grant', 'this client may not keep access any more')
}

/** What the answer covers, and for whom: what is asked for, as far as the client may have it still. */
async function chooseRights({ apis, issuer }: PrepareParts, family: TokenFamily, wishes: Wishes) {
  const { wanted, form, client } = wishes
  const scopes = intersection(wanted ?? family.scopes, client.scopes)
  if (scopes.size === 0)
    refuse('invalid_scope', 'this client may have none of these scopes any more', { parameter: 'scope' })
  const resource = readResource(family, form)
  return { scopes, audience: await chooseAudience(apis, { resource, scopes, issuer, freshness: 'remembered' }) }
}

function readResource(family: TokenFamily, form: Form): string | undefined {
  const resource = optional(form, 'resource')
  if (resource !== undefined && family.resource !== undefined && resource !== family.resource) {
    refuse('invalid_target', 'the authorization request named another resource', { parameter: 'resource' })
  }
  return resource ?? family.resource
}
