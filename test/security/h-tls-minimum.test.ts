import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { anAuthority, localServer } from '#test/support/certificates.ts'

const authority = anAuthority()
const own = authority.issue(localServer)
afterAll(() => authority.remove())

/** A machine whose OpenSSL is set to take anything: neither the library nor Node refuses old versions there. */
const lax = join(authority.folder, 'lax.cnf')
writeFileSync(
  lax,
  'nodejs_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMinProtocol = TLSv1\nCipherString = ALL@SECLEVEL=0\n',
)
const env = { ...process.env, OPENSSL_CONF: lax, NODE_OPTIONS: '--tls-min-v1.0' }

/** What a client gets that speaks this version and no other. */
function offer(port: number, version: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2'): Promise<string> {
  const only = { minVersion: version, maxVersion: version, ciphers: 'ALL@SECLEVEL=0', rejectUnauthorized: false }
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ...only }, () => {
    resolve(socket.getProtocol() ?? '')
    socket.destroy()
  })
  socket.on('error', (error) => resolve('code' in error ? `${error.code}` : error.message))
  return promise
}

test('H22 versions before 1.2 are refused by us, whatever the machine would take', async () => {
  const program = fileURLToPath(new URL('./support/tls-listener.ts', import.meta.url))
  const files = [own.certificate, own.key, authority.certificate]
  const child = spawn(process.execPath, [program, ...files], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const [line] = await once(createInterface(child.stdout), 'line')
  for (const port of JSON.parse(line)) {
    // Not that no cipher is shared, which would be another alert: the version itself.
    expect(await offer(port, 'TLSv1')).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
    expect(await offer(port, 'TLSv1.1')).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION')
    expect(await offer(port, 'TLSv1.2')).toBe('TLSv1.2')
  }
})
