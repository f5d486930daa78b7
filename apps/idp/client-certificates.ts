import type { Config } from '#config/config.ts'
import { type ClientAuthenticationMethod, servedMethods } from '#core/clients/client.ts'

/** What clients are told of certificates, as `listen.tls` has it. */
export function clientCertificates({ issuer, listen }: Pick<Config, 'issuer' | 'listen'>): {
  readonly authenticationMethods: readonly ClientAuthenticationMethod[]
  readonly clientUrl: string | undefined
} {
  const { clientPort, clientCa, proxyCertificateHeader, proxyVerifiedHeader } = listen.tls
  const authenticationMethods = servedMethods({
    takesCertificates: clientPort !== undefined || proxyCertificateHeader !== undefined,
    verifiesChains: (clientPort !== undefined && clientCa !== undefined) || proxyVerifiedHeader !== undefined,
  })
  const own = clientPort === undefined ? undefined : `https://${new URL(issuer).hostname}:${clientPort}`
  return { authenticationMethods, clientUrl: listen.tls.clientUrl ?? own }
}
