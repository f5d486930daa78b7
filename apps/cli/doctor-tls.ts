import { X509Certificate } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Config } from '#config/config.ts'
import { readTlsFiles } from '#config/tls-files.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'

/** Days before its end from which a certificate should have been renewed. */
const renewWithin = 14

/** Whose certificate this server shows and until when, and who can read its key. What is wrong in it is of the settings. */
export function checkCertificate({ issuer, listen }: Config, now: Date): readonly DoctorFinding[] {
  const files = readTlsFiles(listen.tls, now)
  if (!files || !('certificate' in files)) return []
  const { hostname } = new URL(issuer)
  const own = new X509Certificate(files.certificate)
  const isForHost = own.checkHost(hostname) ?? own.checkIP(hostname.replace(/^\[|\]$/g, ''))
  return [
    checkEnd(files.expires, now),
    ...(isForHost === undefined ? [otherHost(hostname)] : []),
    ...checkKey(listen.tls.key ?? ''),
  ]
}

function checkEnd(expires: Date, now: Date): DoctorFinding {
  const days = Math.floor((expires.getTime() - now.getTime()) / 86_400_000)
  const what = `The certificate of listen.tls ends in ${days} days, at ${expires.toISOString()}.`
  if (days >= renewWithin) return fine(what)
  return warning(what, 'Renew it; a running server takes the new files by itself, within seconds or at SIGHUP.')
}

function otherHost(hostname: string): DoctorFinding {
  const what = `The certificate of listen.tls is not for ${hostname}, the host of the issuer.`
  return warning(what, `Unless a proxy in front has its own: get one with ${hostname} among its names.`)
}

function checkKey(path: string): readonly DoctorFinding[] {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  if ((mode & 0o007) === 0) return []
  return [wrong(`listen.tls.key: others can read ${path}.`, `Run: chmod o= ${path}`)]
}
