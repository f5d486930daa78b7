import type { Config } from './config.ts'
import { integer, maybe, quote, text } from './kinds.ts'
import type { Kind, SettingsOf } from './setting.ts'

/** An https origin: scheme, host and port, nothing else. */
const httpsOrigin: Kind<string> = {
  read(written) {
    const url = URL.parse(String(written))
    if (url?.protocol === 'https:' && url.origin === written) return { value: url.origin }
    const mend = 'Write scheme, host and port only, for instance https://mtls.id.example.com.'
    return { fault: `${quote(written)} is not an https origin.`, mend }
  },
  json: { type: 'string', pattern: '^https://[^/*]+$' },
  write: (value) => value,
}

/** The name of a header (RFC 9110 §5.1), in lower case. */
const headerName: Kind<string> = {
  read(written) {
    const value = String(written).toLowerCase()
    if (/^[a-z][a-z0-9-]{1,63}$/.test(value)) return { value }
    return { fault: `${quote(written)} is not the name of a header.`, mend: 'Write its name alone, like Client-Cert.' }
  },
  json: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9-]{1,63}$' },
  write: (value) => value,
}

/** TLS of our own, and the certificates of clients (docs/decisions/0026): the part of `settings` about `listen.tls`. */
export const tlsSettings: { readonly [Name in TlsName]: SettingsOf<TlsPart>[Name] } = {
  'listen.tls.certificate': {
    environment: 'SIGNET_TLS_CERTIFICATE',
    kind: maybe(text),
    default: undefined,
    about: 'A PEM file with the certificate of this server and its chain; with it, `listen.port` speaks https.',
  },
  'listen.tls.key': {
    environment: 'SIGNET_TLS_KEY',
    kind: maybe(text),
    default: undefined,
    about: 'A PEM file with the private key of that certificate.',
  },
  'listen.tls.clientPort': {
    environment: 'SIGNET_TLS_CLIENT_PORT',
    kind: maybe(integer({ least: 1, most: 65_535 })),
    default: undefined,
    about:
      'A second port, for clients that prove themselves with a certificate (RFC 8705); the first never asks for one, since browsers would ask people.',
  },
  'listen.tls.clientUrl': {
    environment: 'SIGNET_TLS_CLIENT_URL',
    kind: maybe(httpsOrigin),
    default: undefined,
    about:
      "The origin that such clients are told (`mtls_endpoint_aliases`): the issuer's host with that port unless told.",
  },
  'listen.tls.clientCa': {
    environment: 'SIGNET_TLS_CLIENT_CA',
    kind: maybe(text),
    default: undefined,
    about: 'A PEM file with the authorities whose certificates `tls_client_auth` takes at that port.',
  },
  'listen.tls.proxyCertificateHeader': {
    environment: 'SIGNET_TLS_PROXY_CERTIFICATE_HEADER',
    kind: maybe(headerName),
    default: undefined,
    about:
      "The header in which the proxies in `listen.trustProxy` hand over a client's certificate: as RFC 9440 has it, or PEM encoded for a URL as nginx writes it.",
  },
  'listen.tls.proxyVerifiedHeader': {
    environment: 'SIGNET_TLS_PROXY_VERIFIED_HEADER',
    kind: maybe(headerName),
    default: undefined,
    about:
      'The header in which those proxies say SUCCESS where they verified the chain of that certificate; without it, `tls_client_auth` is refused behind them.',
  },
}

type TlsPart = Pick<Config, 'listen'>
type TlsName = Extract<keyof SettingsOf<TlsPart>, `listen.tls.${string}`>
