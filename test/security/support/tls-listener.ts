import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createLogger } from '#server/http/logging.ts'
import { openCertificates } from '#server/http/tls.ts'

/** Listens with a certificate as a server of ours does, by what this process was started with; writes its port. */
const [, , certificate, key, clientCa] = process.argv
const proxy = { clientUrl: undefined, proxyCertificateHeader: undefined, proxyVerifiedHeader: undefined }
const certificates = openCertificates({
  tls: { certificate, key, clientCa, clientPort: undefined, ...proxy },
  now: () => new Date(),
  logger: createLogger({ log: { level: 'error' } }),
})
const ports: number[] = []
for (const asksClients of [false, true]) {
  const server = certificates?.listener((_request, response) => response.end(), { http: {}, asksClients })
  if (!server) throw new Error('no certificate')
  await once(server.listen(0, '127.0.0.1'), 'listening')
  ports.push((server.address() as AddressInfo).port)
}
console.log(JSON.stringify(ports))
