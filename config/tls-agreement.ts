import type { Config, TlsConfig } from './config.ts'
import { readTlsFiles, type TlsFault } from './tls-files.ts'

type Rule = (tls: TlsConfig, config: Config) => boolean

/** Settings of `listen.tls` that are right alone and wrong together. */
const rules: readonly (TlsFault & { readonly breaks: Rule })[] = [
  {
    setting: 'listen.tls.key',
    breaks: ({ certificate, key }) => certificate !== undefined && key === undefined,
    fault: 'It is not set, and listen.tls.certificate is.',
    mend: 'Set SIGNET_TLS_KEY to the file of its private key.',
  },
  {
    setting: 'listen.tls.certificate',
    breaks: ({ certificate, key }) => certificate === undefined && key !== undefined,
    fault: 'It is not set, and listen.tls.key is.',
    mend: 'Set SIGNET_TLS_CERTIFICATE to the file of the certificate and its chain.',
  },
  {
    setting: 'issuer',
    breaks: ({ certificate }, { issuer }) => certificate !== undefined && issuer.startsWith('http:'),
    fault: 'It is http, and listen.tls.certificate makes this server speak https.',
    mend: 'Write the issuer with https, or leave listen.tls.certificate out.',
  },
  {
    setting: 'listen.tls.clientPort',
    breaks: ({ certificate, clientPort }) => clientPort !== undefined && certificate === undefined,
    fault: 'Clients show certificates in TLS, and listen.tls.certificate is not set.',
    mend: 'Set listen.tls.certificate and listen.tls.key; behind a proxy, listen.tls.proxyCertificateHeader instead.',
  },
  {
    setting: 'listen.tls.clientPort',
    breaks: ({ clientPort }, { listen }) => clientPort !== undefined && clientPort === listen.port,
    fault: 'It is listen.port as well.',
    mend: 'Take another port: browsers would ask people for a certificate.',
  },
  {
    setting: 'listen.tls.clientCa',
    breaks: ({ clientCa, clientPort }) => clientCa !== undefined && clientPort === undefined,
    fault: 'It is for listen.tls.clientPort, which is not set.',
    mend: 'Set listen.tls.clientPort; behind a proxy, give the authorities to the proxy.',
  },
  {
    setting: 'listen.tls.clientUrl',
    breaks: ({ clientUrl, clientPort, proxyCertificateHeader }) =>
      clientUrl !== undefined && clientPort === undefined && proxyCertificateHeader === undefined,
    fault: 'Nothing there would ask clients for certificates.',
    mend: 'Set listen.tls.clientPort, or listen.tls.proxyCertificateHeader behind a proxy that asks.',
  },
  {
    setting: 'listen.tls.proxyCertificateHeader',
    breaks: ({ proxyCertificateHeader }, { listen }) =>
      proxyCertificateHeader !== undefined && listen.trustProxy.length === 0,
    fault: 'It is believed from the proxies in listen.trustProxy alone, and there are none.',
    mend: "Set listen.trustProxy to the proxies' addresses.",
  },
  {
    setting: 'listen.tls.proxyVerifiedHeader',
    breaks: ({ proxyVerifiedHeader, proxyCertificateHeader }) =>
      proxyVerifiedHeader !== undefined && proxyCertificateHeader === undefined,
    fault: 'It says something of a certificate, and listen.tls.proxyCertificateHeader is not set.',
    mend: 'Set listen.tls.proxyCertificateHeader as well.',
  },
  {
    setting: 'listen.tls.proxyVerifiedHeader',
    breaks: ({ proxyVerifiedHeader, proxyCertificateHeader }) =>
      proxyVerifiedHeader !== undefined && proxyVerifiedHeader === proxyCertificateHeader,
    fault: 'It is the header of the certificate itself.',
    mend: 'Have the proxy say SUCCESS in a header of its own, like Client-Verify.',
  },
]

/** What is wrong with `listen.tls`: settings that do not go together, and files that a server cannot start with. */
export function tlsFaults(config: Config, now: Date): readonly TlsFault[] {
  const { tls } = config.listen
  const faults = rules.filter(({ breaks }) => breaks(tls, config)).map(({ breaks: _breaks, ...fault }) => fault)
  const read = readTlsFiles(tls, now)
  return read === undefined || 'certificate' in read ? faults : [...faults, ...read]
}
