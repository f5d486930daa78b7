import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { TlsConfig } from './config.ts'
import type { Finding } from './config-error.ts'

/** What is wrong with a file; where the setting came from is for whoever knows. */
export type TlsFault = Omit<Finding, 'source'>

/** The files of `listen.tls`, read and found to fit; `expires`: when this server's certificate ends. */
export type TlsFiles = {
  readonly certificate: string
  readonly key: string
  readonly clientCa: string | undefined
  readonly expires: Date
}

/**
 * Reads the certificate, its key and the authorities of clients. They come back only where a server can start with them:
 * the key fits, the certificate is valid `now`, and OpenSSL takes both. Undefined where no certificate is set.
 */
export function readTlsFiles(tls: TlsConfig, now: Date): TlsFiles | readonly TlsFault[] | undefined {
  if (tls.certificate === undefined || tls.key === undefined) return undefined
  const certificate = readPem('listen.tls.certificate', tls.certificate)
  const key = readPem('listen.tls.key', tls.key)
  const clientCa = tls.clientCa === undefined ? undefined : readPem('listen.tls.clientCa', tls.clientCa)
  const faults = [certificate, key, clientCa].filter((read) => typeof read === 'object')
  if (typeof certificate !== 'string' || typeof key !== 'string' || typeof clientCa === 'object') return faults

  const chain = certificatesIn(certificate)
  const [own] = chain
  if (!own) return [noCertificate('listen.tls.certificate', tls.certificate)]
  const authorities = clientCa === undefined ? [] : certificatesIn(clientCa)
  const found = [
    faultOfKey(key, tls.key, chain),
    faultOfTime(own, tls.certificate, now),
    clientCa !== undefined && authorities.length === 0 ? noCertificate('listen.tls.clientCa', tls.clientCa) : undefined,
    ...authorities.map((each) => faultOfAuthority(each, tls.clientCa)),
  ].filter((each) => each !== undefined)
  if (found.length > 0) return found
  const refused = faultOfContext({ cert: certificate, key, ca: clientCa })
  return refused ? [refused] : { certificate, key, clientCa, expires: own.validToDate }
}

function readPem(setting: string, path: string): string | TlsFault {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    const fault = code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read (${code}).`
    return { setting, fault, mend: 'Check the path, and that the account Signet runs as may read it.' }
  }
}

/** The certificates of a PEM file in their order; none where one is damaged. */
function certificatesIn(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return []
  }
}

function noCertificate(setting: string, path: string | undefined): TlsFault {
  const mend = 'Point it to a PEM file: -----BEGIN CERTIFICATE-----, the text, -----END CERTIFICATE-----.'
  return { setting, fault: `${path} holds no certificate that can be read.`, mend }
}

function faultOfKey(pem: string, path: string, chain: readonly X509Certificate[]): TlsFault | undefined {
  const setting = 'listen.tls.key'
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    if (!pem.includes('ENCRYPTED'))
      return { setting, fault: `${path} holds no private key.`, mend: 'Point it to a PEM file.' }
    const mend = `Write the key without a passphrase, for Signet's account alone: openssl pkey -in ${path} -out KEY`
    return { setting, fault: `The key in ${path} is encrypted.`, mend }
  }
  if (chain[0]?.checkPrivateKey(key)) return undefined
  const mend = chain.some((each) => each.checkPrivateKey(key))
    ? "Put the server's own certificate first in listen.tls.certificate, then those that signed it."
    : 'Point both settings to files that were made together.'
  return { setting, fault: `The key in ${path} does not fit the certificate.`, mend }
}

function faultOfTime({ validFromDate, validToDate }: X509Certificate, path: string, now: Date): TlsFault | undefined {
  const setting = 'listen.tls.certificate'
  if (validToDate <= now) {
    const fault = `The certificate in ${path} expired at ${validToDate.toISOString()}.`
    return { setting, fault, mend: 'Renew it; a running server takes the new file by itself.' }
  }
  if (validFromDate <= now) return undefined
  const fault = `The certificate in ${path} is not valid before ${validFromDate.toISOString()}.`
  return { setting, fault, mend: 'Wait until then, or look whether the clock of this machine is right.' }
}

function faultOfAuthority(authority: X509Certificate, path: string | undefined): TlsFault | undefined {
  if (authority.ca) return undefined
  const fault = `${path} holds a certificate that is no authority's: ${oneLine(authority.subject)}.`
  const mend =
    'List those that sign certificates of clients; clients of a certificate of their own register it as a key.'
  return { setting: 'listen.tls.clientCa', fault, mend }
}

/** OpenSSL has rules of its own, about weak keys for instance. */
function faultOfContext(context: Parameters<typeof createSecureContext>[0]): TlsFault | undefined {
  try {
    createSecureContext(context)
    return undefined
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? error.code : 'unknown'
    const mend = 'Make a key of 2048 bits (RSA) or P-256 and a certificate signed with SHA-256 or better.'
    return { setting: 'listen.tls.certificate', fault: `OpenSSL does not take it: ${why}.`, mend }
  }
}

function oneLine(subject: string): string {
  return subject.replaceAll('\n', ', ')
}
