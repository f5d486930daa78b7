import { anAuthority } from '#test/support/certificates.ts'
import { anOp, type Op } from '../support/op.ts'
import { rotateKeys } from '../support/rotate-keys.ts'

/** Clients that an operator registers for a plan, as the suite's configuration names them. */
export type StaticClients = {
  readonly client: Credentials
  readonly client2: Credentials
  readonly client_secret_post: Credentials
}

type Credentials = { readonly client_id: string; readonly client_secret: string }

export type SignetOptions = {
  /** Where the suite finds it, by https. */
  readonly issuer: string
  /** The address to listen on: `0.0.0.0` for a suite in a container. */
  readonly host: string
  readonly flags: { readonly [setting: string]: string }
  /** The suite's address: its documents are fetched although it may be on this machine. */
  readonly suite: string
  /** PEM files; made for the run where there are none, since the suite takes any. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined
}

/** A Signet that the suite can reach. */
export type RunningSignet = {
  readonly op: Op
  clients(redirectUri: string): Promise<StaticClients>
  /** A new key signs from now on; the old ones stay published. */
  rotateKeys(): Promise<void>
  close(): Promise<void>
}

const everySecond = 1000

/** Starts Signet over https with the person who has every standard claim. */
export async function startSignet(options: SignetOptions): Promise<RunningSignet> {
  const { issuer, host, suite, flags } = options
  const { hostname, port } = new URL(issuer)
  const authority = anAuthority()
  const { certificate, key } = options.tls ?? authority.issue({ subject: `/CN=${hostname}`, san: `DNS:${hostname}` })
  const listen = { 'listen.host': host, 'listen.port': port || '443' }
  const tls = { 'listen.tls.certificate': certificate, 'listen.tls.key': key }
  const outbound = { 'outbound.allow': new URL(suite).host }
  const op = await anOp({ stores: 'real', flags: { issuer, ...listen, ...tls, ...outbound, ...flags } })
  // A server of its own would do so by itself.
  const sending = setInterval(() => void op.server.sendLogouts(), everySecond)
  return {
    op,
    clients: (redirectUri) => staticClients(op, redirectUri),
    rotateKeys: () => rotateKeys(op),
    async close() {
      clearInterval(sending)
      await op.close()
      authority.remove()
    },
  }
}

async function staticClients({ server }: Op, redirectUri: string): Promise<StaticClients> {
  const make = async (authenticationMethod: string): Promise<Credentials> => {
    const wishes = {
      name: 'The conformance suite',
      redirectUris: [redirectUri],
      postLogoutRedirectUris: [redirectUri.replace(/callback$/, 'post_logout_redirect')],
      scopes: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
      grantTypes: ['authorization_code', 'refresh_token'],
      authenticationMethod,
    }
    const { client, secret = '' } = await server.clients.create(wishes, 'conformance')
    return { client_id: client.id, client_secret: secret }
  }
  return {
    client: await make('client_secret_basic'),
    client2: await make('client_secret_basic'),
    client_secret_post: await make('client_secret_post'),
  }
}
