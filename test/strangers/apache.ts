import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const modules = '/usr/lib/apache2/modules'

/** Why Apache as a relying party cannot be tried; empty where it can. */
export const noApache =
  spawnSync('apache2', ['-v']).error || !existsSync(`${modules}/mod_auth_openidc.so`)
    ? 'no Apache with mod_auth_openidc: apt-get install apache2 libapache2-mod-auth-openidc'
    : ''

/** What the module is told of the provider and of its own client. */
export type RelyingParty = {
  readonly port: number
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The authority of the provider's certificate, PEM. */
  readonly authority: string
  readonly scope: string
}

/** Nobody: Apache serves no page as root. */
const nobody = 65_534

/** An Apache of its own, in a folder and on a port of its own, with `/app` behind a sign-in at the provider. */
export async function anApache(party: RelyingParty): Promise<{ close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-apache-'))
  const isRoot = process.getuid?.() === 0
  mkdirSync(join(folder, 'pages/app'), { recursive: true })
  writeFileSync(join(folder, 'pages/app/index.html'), '<title>The app</title>')
  writeFileSync(join(folder, 'pages/bye.html'), '<title>Bye</title>')
  writeFileSync(join(folder, 'authority.pem'), party.authority)
  writeFileSync(join(folder, 'apache.conf'), configuration(folder, party))
  if (isRoot) chownSync(folder, nobody, nobody)
  const child = spawn('apache2', ['-d', folder, '-f', join(folder, 'apache.conf'), '-DFOREGROUND'], {
    stdio: 'ignore',
    ...(isRoot && { uid: nobody, gid: nobody }),
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const close = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  if (await listens(party.port)) return { close }
  const log = join(folder, 'error.log')
  const said = existsSync(log) ? readFileSync(log, 'utf8') : 'nothing'
  await close()
  throw new Error(`Apache does not listen; it said: ${said}`)
}

function configuration(folder: string, { port, issuer, clientId, clientSecret, scope }: RelyingParty): string {
  const loaded = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'headers', 'auth_openidc']
  return `${loaded.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
Listen 127.0.0.1:${port}
ServerName localhost
PidFile ${folder}/pid
Mutex file:${folder}
ErrorLog ${folder}/error.log
DocumentRoot ${folder}/pages
DirectoryIndex index.html
StartServers 1
ThreadsPerChild 4
MinSpareThreads 1
MaxSpareThreads 8
MaxRequestWorkers 8

# The browser of the tests is Node's fetch, which says of each request that it is a script's: the module answers those 401.
RequestHeader unset Sec-Fetch-Mode early

OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCCABundlePath ${folder}/authority.pem
OIDCClientID ${clientId}
OIDCClientSecret ${clientSecret}
OIDCRedirectURI http://localhost:${port}/app/callback
OIDCScope "${scope}"
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCInfoHook access_token refresh_token id_token userinfo
OIDCCryptoPassphrase ${Math.random().toString(36).slice(2)}

<Location /app>
  AuthType openid-connect
  Require valid-user
  Header always set X-Signed-In "expr=%{REMOTE_USER}"
</Location>
`
}

/** Whether somebody listens there within some seconds. */
async function listens(port: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('error', () => resolve(false))
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
    })
    if (isThere) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}
