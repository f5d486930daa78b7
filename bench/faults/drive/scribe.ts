import type { Act, Entry, History } from '../history/history.ts'
import type { Ask, Heard, Transport } from './transport.ts'

/** What is known of a request before its answer comes. */
export type About = Pick<Entry, 'act' | 'actor'> &
  Partial<Pick<Entry, 'family' | 'session' | 'presented' | 'access' | 'ends' | 'isRetry'>>

/** What only the answer tells. */
export type Told = Partial<Pick<Entry, 'done' | 'delivered' | 'access' | 'active' | 'family' | 'act' | 'isTurnedAway'>>

/** Sends a request and writes down what came of it, whatever came. */
export type Scribe = {
  ask(about: About, ask: Ask, tell?: (answer: NonNullable<Heard['answer']>, json: Json) => Told): Promise<Scribed>
}

export type Json = { readonly [name: string]: unknown }
export type Scribed = { readonly entry: Entry; readonly answer: Heard['answer']; readonly json: Json }

/** A scribe that writes into this history. */
export function scribe(transport: Transport, history: History): Scribe {
  return {
    async ask(about, ask, tell = ({ status }) => ({ done: status === 200 })) {
      const begun = history.now()
      const { machine, answer } = await transport.send(ask)
      const ended = history.now()
      const json = readJson(answer)
      const error = typeof json.error === 'string' ? json.error : undefined
      const told = answer ? tell(answer, json) : {}
      const retryAfter = answer?.headers['retry-after']
      const seen = { machine, begun, ended, status: answer?.status, error, retryAfter, done: false }
      const hungUp = ask.hangUp ? { isHungUp: true } : {}
      return { entry: history.note({ ...about, ...seen, ...told, ...hungUp }), answer, json }
    },
  }
}

function readJson(answer: Heard['answer']): Json {
  if (!answer?.headers['content-type']?.includes('json')) return {}
  try {
    return JSON.parse(answer.text)
  } catch {
    return {}
  }
}

/** The act that a page of the provider stands for. */
export function actOf(path: string): Act {
  if (path.startsWith('/login')) return 'login'
  if (path.startsWith('/logout')) return 'logout'
  return path.startsWith('/authorize') ? 'authorize' : 'page'
}
