import { Gauge, type Registry } from 'prom-client'

/** What is told of the certificate of `listen.tls`. */
export type CertificateMetrics = {
  /** Has the end of the certificate that is shown now read at every scrape. Without it there is no such metric. */
  watchCertificate(expires: () => Date): void
}

/** Of several processes the one whose certificate ends first counts: the others have read a newer file. */
export function certificateMetrics(registers: Registry[]): CertificateMetrics {
  return {
    watchCertificate(expires) {
      new Gauge({
        name: 'signet_certificate_expiry_timestamp_seconds',
        help: 'When the certificate of listen.tls ends.',
        aggregator: 'min',
        registers,
        collect() {
          this.set(expires().getTime() / 1000)
        },
      })
    },
  }
}
