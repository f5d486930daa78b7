import { request } from 'node:http'

/** What `fetch` does not let a test choose: the address it comes from, the name it asks for, headers sent twice. */
export type Sent = {
  readonly port: number
  readonly path: string
  readonly method?: string
  /** Any address of 127.0.0.0/8 is this machine's own. */
  readonly from?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: URLSearchParams | undefined
}

export type Got = { readonly status: number; readonly headers: Headers; readonly text: string }

/** Sends one request and reads its answer. */
export function requestFrom({
  port,
  path,
  method = 'GET',
  from = '127.0.0.1',
  headers = {},
  body,
}: Sent): Promise<Got> {
  const type = body ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
  const { promise, resolve, reject } = Promise.withResolvers<Got>()
  const options = {
    host: '127.0.0.1',
    port,
    path,
    method,
    localAddress: from,
    agent: false,
    headers: { ...type, ...headers },
  }
  const sent = request(options, async (response) => {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    const got = new Headers()
    for (const [name, values] of Object.entries(response.headersDistinct)) {
      for (const value of values ?? []) got.append(name, value)
    }
    resolve({ status: response.statusCode ?? 0, headers: got, text: Buffer.concat(chunks).toString() })
  })
  sent.on('error', reject)
  sent.end(body?.toString())
  return promise
}
