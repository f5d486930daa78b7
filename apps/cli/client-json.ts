import type { Client } from '#core/clients/client.ts'
import { secretsOf } from '#core/clients/client-secret.ts'
import { clientDocument } from '#core/registration/client-document.ts'

/** A client as `--json` shows it: the names of RFC 7591 §2, and ours. Never a secret, nor its digest. */
export function clientJson(client: Client): { readonly [name: string]: unknown } {
  const { authentication } = client
  const secrets = 'secrets' in authentication ? secretsOf(authentication) : undefined
  return {
    client_id: client.id,
    ...clientDocument(client),
    first_party: client.firstParty,
    resource_server_of: client.resourceServerOf,
    access_token_format: client.accessTokenFormat,
    access_token_alg: client.accessTokenAlg,
    id_token_alg: client.idTokenAlg,
    secrets: secrets?.map(({ createdAt, expiresAt }) => ({ created_at: createdAt, expires_at: expiresAt })),
    registered: client.registration && { by: client.registration.by, at: client.registration.at },
    enabled: client.enabled,
    created_at: client.createdAt,
  }
}
