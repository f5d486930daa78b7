import type { FastifyReply, FastifyRequest } from 'fastify'

/** The cookies of the pages. On https they are bound to this very host (`__Host-`, RFC 6265bis §4.1.3.2). */
export type Cookies = {
  /** Proves the session; ends with the browser or with the session. */
  readonly session: Cookie
  /** Ties the pages of a request to the browser that began it, and its forms to its pages. Opens nothing by itself. */
  readonly browser: Cookie
  /** Proves that an account has signed in from this browser before. Opens nothing by itself. */
  readonly device: Cookie
}

export type Cookie = {
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
  function make(name: string): Cookie {
    return {
      read(request) {
        const value = request.cookies[prefix + name]
        return value !== undefined && form.test(value) ? value : undefined
      },
      set(reply, value, maxAge) {
        reply.setCookie(prefix + name, value, maxAge === undefined ? options : { ...options, maxAge })
      },
      clear(reply) {
        reply.clearCookie(prefix + name, options)
      },
    }
  }
  return { session: make('signet-session'), browser: make('signet-browser'), device: make('signet-device') }
}
