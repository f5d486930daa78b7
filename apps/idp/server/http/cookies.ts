import type { FastifyReply, FastifyRequest } from 'fastify'

/** The cookies of the pages. On https they are bound to this very host (`__Host-`, RFC 6265bis §4.1.3.2). */
export type Cookies = {
  /** Proves the session; ends with the browser or with the session. */
  readonly session: Cookie
  /** Ties the pages of a request to the browser that began it, and its forms to its pages. Opens nothing by itself. */
  readonly browser: Cookie
  /** Proves that an account has signed in from this browser before. Opens nothing by itself. */
  readonly device: Cookie
  /**
   * Tells scripts of the check page whether the session has changed, and nothing else; sent to frames of other sites, as
   * that page is in one (Session Management 1.0 §3.3).
   */
  readonly state: Cookie
}

export type Cookie = {
  /** As browsers know it. */
  readonly name: string
  read(request: FastifyRequest): string | undefined
  /** Sets it; `maxAge` in seconds, until the browser closes where it is left out. */
  set(reply: FastifyReply, value: string, maxAge?: number): void
  clear(reply: FastifyReply): void
}

const form = /^[A-Za-z0-9._-]{16,256}$/

/** Makes the cookies. Plain names on http, which is for loopback only. */
export function makeCookies({ isHttps }: { isHttps: boolean }): Cookies {
  const prefix = isHttps ? '__Host-' : ''
  const options = { path: '/', httpOnly: true, secure: isHttps, sameSite: 'lax' } as const
  function make(bare: string, changes: { httpOnly?: boolean; sameSite?: 'none' } = {}): Cookie {
    const name = prefix + bare
    const all = { ...options, ...changes }
    return {
      name,
      read(request) {
        const value = request.cookies[name]
        return value !== undefined && form.test(value) ? value : undefined
      },
      set(reply, value, maxAge) {
        reply.setCookie(name, value, maxAge === undefined ? all : { ...all, maxAge })
      },
      clear(reply) {
        reply.clearCookie(name, all)
      },
    }
  }
  return {
    session: make('signet-session'),
    browser: make('signet-browser'),
    device: make('signet-device'),
    // `None` must be secure (RFC 6265bis §5.6.7); on http, so on loopback, all ports are one site and `Lax` will do.
    state: make('signet-state', { httpOnly: false, ...(isHttps && { sameSite: 'none' }) }),
  }
}
