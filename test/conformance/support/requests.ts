import type { Json } from './op.ts'

/** Parameters to change: undefined leaves one out. */
export type Changes = { readonly [name: string]: string | undefined }

/** What a machine was answered. */
export type HttpAnswer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Json
}

/** Parameters in the order given; undefined ones are left out. */
export function parameters(fields: Changes): URLSearchParams {
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** Sends a request as a machine: redirects are not followed, the body is read. */
export async function send(url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  const isJson = /^application\/json\b/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, text, json: isJson ? (JSON.parse(text) as Json) : {} }
}
