import type { Config } from '#config/config.ts'
import { secretSeal } from '#core/clients/sealed-secret.ts'
import { type Subjects, subjects } from '#core/users/subject.ts'
import { findSubjectSalt } from '#core/users/subject-salt.ts'
import type { Stores } from '#stores/stores.ts'

/** By what each client knows people and their sessions, with the provider's own salt. */
export async function openSubjects({ keys }: Config, { secrets }: Pick<Stores, 'secrets'>): Promise<Subjects> {
  return subjects(await findSubjectSalt(secrets, secretSeal(keys.secret, 'provider secret')))
}
