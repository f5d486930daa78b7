import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and its key: PEM files, and what is in them. */
export type KeyPair = {
  readonly certificate: string
  readonly key: string
  readonly pem: { readonly certificate: string; readonly key: string }
}

export type CertificateWish = {
  /** As `openssl req -subj` takes it: `/O=Example/CN=photos`. */
  readonly subject: string
  /** As OpenSSL's `subjectAltName` takes it: `DNS:localhost,IP:127.0.0.1`. */
  readonly san?: string
  readonly usage?: 'serverAuth' | 'clientAuth'
  /** When it ends; thirty days from now unless told. */
  readonly ends?: Date
  readonly isAuthority?: boolean
}

/** A certificate authority of a test, with the openssl command, as an operator would have it. */
export type Authority = KeyPair & {
  readonly folder: string
  /** A certificate that it signs. */
  issue(wish: CertificateWish): KeyPair
  /** A certificate that signs itself. */
  selfSigned(wish: CertificateWish): KeyPair
  remove(): void
}

/** Makes an authority in a folder of its own. */
export function anAuthority(name = 'Authority of a test'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'signet-certificates-'))
  writeFileSync(join(folder, 'openssl.cnf'), configuration(folder))
  writeFileSync(join(folder, 'index'), '')
  const own = make(folder, { subject: `/CN=${name}`, isAuthority: true })
  return {
    ...own,
    folder,
    issue: (wish) => make(folder, wish, own),
    selfSigned: (wish) => make(folder, wish),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The smallest that `openssl ca` takes: every name, more than once. */
function configuration(folder: string): string {
  const request = '[req]\ndistinguished_name=none\nstring_mask=utf8only\nutf8=yes\n[none]\n'
  const files = `database=${folder}/index\nnew_certs_dir=${folder}\nunique_subject=no\nrand_serial=yes`
  const names = ['C', 'DC', 'O', 'OU', 'UID', 'CN'].map((name) => `${name}=optional\n`).join('')
  return `${request}[ca]\ndefault_ca=own\n[own]\n${files}\ndefault_md=sha256\npolicy=any\n[any]\n${names}`
}

let made = 0

function make(folder: string, wish: CertificateWish, signer?: KeyPair): KeyPair {
  made += 1
  const [certificate, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((end) =>
    join(folder, `${made}.${end}`),
  )
  const files = { certificate: `${certificate}`, key: `${key}`, request: `${request}`, extensions: `${extensions}` }
  const config = ['-config', join(folder, 'openssl.cnf')]
  writeFileSync(files.extensions, extensionsOf(wish))
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', files.key]
  openssl(['req', '-new', ...config, '-subj', wish.subject, ...ec, '-out', files.request])
  const { ends = new Date(Date.now() + 30 * 86_400_000) } = wish
  const begins = new Date(Math.min(ends.getTime(), Date.now()) - 60_000)
  const dates = ['-startdate', stamp(begins), '-enddate', stamp(ends)]
  const signing = signer ? ['-cert', signer.certificate, '-keyfile', signer.key] : ['-selfsign', '-keyfile', files.key]
  const out = ['-in', files.request, '-extfile', files.extensions, '-out', files.certificate, '-notext', '-batch']
  openssl(['ca', ...config, '-preserveDN', ...dates, ...signing, ...out])
  const pem = { certificate: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') }
  return { certificate: files.certificate, key: files.key, pem }
}

function extensionsOf({ isAuthority, san, usage }: CertificateWish): string {
  return [
    `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`,
    ...(san ? [`subjectAltName=${san}`] : []),
    ...(usage ? [`extendedKeyUsage=${usage}`] : []),
    '[inner]',
    'CN=inner',
    '',
  ].join('\n')
}

/** `20261130062900Z`. */
function stamp(date: Date): string {
  return `${date.toISOString().replace(/[-:T]|\..*$/g, '')}Z`
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** What a server of a test shows on this machine. */
export const localServer: CertificateWish = {
  subject: '/CN=localhost',
  san: 'DNS:localhost,IP:127.0.0.1',
  usage: 'serverAuth',
}
