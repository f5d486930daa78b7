import { expect } from 'vitest'
import { expectSafeHeaders } from './answers.ts'
import type { Answer } from './world.ts'

/** A Content-Security-Policy as its directives. A directive that stands twice is kept as the browser does: the first. */
export function policyOf(headers: Headers): Readonly<Record<string, string>> {
  const directives: Record<string, string> = {}
  for (const directive of (headers.get('content-security-policy') ?? '').split(';')) {
    const [name = '', ...sources] = directive.trim().split(/\s+/)
    directives[name.toLowerCase()] ??= sources.join(' ')
  }
  return directives
}

/** The one policy of every page; only where its forms may lead differs. */
export function expectPagePolicy(answer: Answer, formAction: string, because = ''): void {
  expectSafeHeaders(answer.headers, because)
  expect(answer.headers.get('content-type'), because).toBe('text/html; charset=utf-8')
  expect(policyOf(answer.headers), because).toEqual({
    'default-src': "'none'",
    'style-src': "'self'",
    'script-src': "'self'",
    'img-src': "'self' data:",
    'form-action': formAction,
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
  })
}

/** Nothing inline, nothing of another host: what the policy would block is not there in the first place. */
export function expectNothingForeign({ text }: Pick<Answer, 'text'>, because = ''): void {
  const elements = [...text.matchAll(/<(?:script|link|img|iframe|style|object|embed)\b[^>]*>/g)].map(([tag]) => tag)
  for (const tag of elements) {
    const source = /\b(?:src|href)="([^"]*)"/.exec(tag)?.[1] ?? 'none'
    expect(source, `${because} ${tag}`).toMatch(/^(\/[a-z/]*(?:assets|logos)\/|data:image\/)/)
  }
  expect(text, because).not.toMatch(/<[a-z][^>]*\s(on[a-z]+|style)\s*=/i)
  expect(text, because).not.toMatch(/\b(?:href|src|action|formaction)="\s*(?:javascript|vbscript):/i)
}
