import type { FastifyReply } from 'fastify'
import { type AnswerContent, type AnswerTarget, answer } from '#core/authorize/answer.ts'
import type { Client } from '#core/clients/client.ts'
import { openly } from '#core/registration/register.ts'
import { formPostPage } from '#pages/form-post-page.ts'
import { leavePage } from '#pages/leave-page.ts'
import type { BrowserParts } from './parts.ts'
import { sendPage } from './send-page.ts'
import { appOf } from './visit.ts'

/** Writes the answer: a redirect, or a page whose form the browser posts. 303, so that nothing posted is posted again. */
export function deliver(
  parts: BrowserParts,
  reply: FastifyReply,
  target: AnswerTarget,
  content: AnswerContent,
): FastifyReply {
  const made = answer(target, parts.issuer, content)
  if (made.mode === 'redirect') return reply.redirect(made.location, 303)
  const { action, fields } = made
  return sendPage(reply, formPostPage({ site: parts.site, action, fields }), { leadsTo: [action] })
}

type Unasked = { readonly target: AnswerTarget; readonly content: AnswerContent }

/**
 * The same where nobody has done anything here yet. Where anybody can register, a link of ours with a mistake in it would
 * lead people wherever a stranger likes: an error for such an app is shown, and the person decides (RFC 9700 §4.11.2,
 * docs/decisions/0019).
 */
export function deliverUnasked(
  parts: BrowserParts,
  reply: FastifyReply,
  client: Client,
  { target, content }: Unasked,
): FastifyReply {
  const isStranger = client.registration?.by === openly && !client.firstParty
  if (!isStranger || !('error' in content)) return deliver(parts, reply, target, content)
  const onward = answer(target, parts.issuer, content)
  const { error: code, description } = content
  // A stranger's picture would only lend the page a look that it should not have.
  const app = { ...appOf(parts, client, target.redirectUri), logoUri: undefined }
  const page = leavePage({ site: parts.site, client: app, code, description, onward })
  return sendPage(reply, page, { status: 400, leadsTo: [target.redirectUri] })
}
