/** An answer of the registration endpoints. */
export type RegistrationAnswer = {
  readonly status: number
  readonly headers: Headers
  readonly json: Readonly<Record<string, unknown>>
}

/** What somebody who registers clients sends, and what comes back. */
export type Registrant = {
  /** Posts a document as it is; a text is sent as it stands. */
  register(document: unknown, token?: string): Promise<RegistrationAnswer>
  /** Asks something of the registration that an answer told of. */
  ask(told: RegistrationAnswer['json'], method: string, document?: unknown): Promise<RegistrationAnswer>
}

/** The smallest document that registers a client. */
export const plainDocument = { redirect_uris: ['https://rp.example/cb'] } as const

/** Somebody who registers clients at a provider. */
export function aRegistrant(issuer: string): Registrant {
  async function send(url: string, method: string, document: unknown, token: unknown): Promise<RegistrationAnswer> {
    const headers = new Headers(document === undefined ? {} : { 'content-type': 'application/json' })
    if (typeof token === 'string') headers.set('authorization', `Bearer ${token}`)
    const body = typeof document === 'string' ? document : JSON.stringify(document)
    const response = await fetch(url, { method, headers, ...(document !== undefined && { body }) })
    const text = await response.text()
    return { status: response.status, headers: response.headers, json: text === '' ? {} : JSON.parse(text) }
  }
  return {
    register: (document, token) => send(`${issuer}/register`, 'POST', document, token),
    ask: (told, method, document) =>
      send(String(told.registration_client_uri), method, document, told.registration_access_token),
  }
}
