import { Overloaded, Unavailable } from '#core/oauth/error.ts'
import { ScriptRefusal } from './redis-servers.ts'

/** What is said of a connection that has neither been made nor refused yet. */
export const noAnswerYet = 'no answer'

/** Nothing was sent: it is certain that it did not run. */
export class NotSent extends Unavailable {
  override readonly name = 'NotSent'

  /** Whether the connection is only just being made, and nothing speaks against it. */
  get isEarly(): boolean {
    return this.cause instanceof Error && this.cause.message === noAnswerYet
  }
}

/** Redis answered with an error of its own. The message is its whole text. */
export class ErrorReply extends Unavailable {
  override readonly name = 'ErrorReply'
  readonly text: string

  constructor(text: string) {
    super('Redis refused a command', { cause: new Error(text) })
    this.text = text
  }

  /** Whether the text begins with one of these words. */
  says(...codes: readonly string[]): boolean {
    return codes.some((code) => this.text === code || this.text.startsWith(`${code} `))
  }
}

/** What ioredis says where a command was rejected before a byte of it was written. */
const unsent = /^Stream isn't writeable/

/** What it says of those that had been, and of those that had not. */
const broken = /^(Connection is closed|Reached the max retries)/

/**
 * What a failed command means to the stores. Only the message goes on: ioredis hangs the arguments of the command on its
 * errors, and they have no business in a log.
 */
export function failureOf(error: unknown): Error {
  if (error instanceof Unavailable || error instanceof ScriptRefusal) return error
  const said = error instanceof Error ? error.message : 'unknown'
  const message = broken.test(said) ? 'the connection broke' : said
  if (error instanceof Error && error.name === 'ReplyError') return replyOf(message)
  const detail = { cause: new Error(message) }
  return unsent.test(message)
    ? new NotSent('Redis is not connected', detail)
    : new Unavailable('Redis did not answer', detail)
}

function replyOf(text: string): Error {
  return text.startsWith('LOST') ? new ScriptRefusal(text) : new ErrorReply(text)
}

/** Refuses work beyond a bound. */
export function turnAway(): never {
  throw new Overloaded('too many commands wait for Redis')
}
