import type { ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { freePorts } from '#test/support/free-ports.ts'
import { aPerson, type Person } from '#test/support/person.ts'
import { aMachine, ended, type Given, type Machine, type Run, type Shape } from './machine.ts'

/** A client that can sign people in. */
export type App = { readonly client_id: string; readonly client_secret: string }

/** What the token endpoint answered. */
export type Answer = { readonly status: number; readonly body: Shape & { readonly [token: string]: string } }

/** `signet serve` as a process of its own, on a machine where commands run beside it. */
export type RunningServer = Machine & {
  readonly issuer: string
  /** Asks the token endpoint as this client. */
  token(app: App, form: { readonly [name: string]: string }): Promise<Answer>
  /** Signs a person in at the client, by the pages, and redeems the code. */
  signIn(app: App, person: { readonly username: string; readonly password: string }, scope: string): Promise<Answer>
  /** Sends the process a signal. */
  tell(signal: NodeJS.Signals): void
  stop(): Promise<Run>
}

export const redirectUri = 'https://app.example/cb'

/** Starts the server and waits until it says that it listens; by https where it is given a certificate for that. */
export async function aRunningServer(tls?: { readonly [name: string]: string }): Promise<RunningServer> {
  const [port = 0] = await freePorts(1)
  const issuer = `${tls ? 'https' : 'http'}://localhost:${port}`
  const machine = await aMachine()
  const settings = { SIGNET_ISSUER: issuer, SIGNET_PORT: `${port}`, SIGNET_MANAGEMENT_PORT: '0', ...tls }
  const child = machine.begin(['serve'], { env: settings })
  const end = ended(child)
  await listening(child)

  const over = (given?: Given): Given => ({ ...given, env: { ...settings, ...given?.env } })
  const token: RunningServer['token'] = async ({ client_id, client_secret }, form) => {
    const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
    const body = new URLSearchParams(form)
    const response = await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  return {
    ...machine,
    issuer,
    token,
    signet: (args, given) => machine.signet(args, over(given)),
    json: (args, given) => machine.json(args, over(given)),
    async signIn(app, { username, password }, scope) {
      const person = aPerson({ issuer, username, password })
      const { code, verifier } = await authorize(person, issuer, { client_id: app.client_id, scope })
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
      return token(app, form)
    },
    tell: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM')
      const run = await end
      machine.remove()
      return run
    },
  }
}

async function authorize(
  person: Person,
  issuer: string,
  asked: { readonly client_id: string; readonly scope: string },
) {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const url = new URL(`${issuer}/authorize`)
  const pkce = { code_challenge: challenge, code_challenge_method: 'S256' }
  const form = { response_type: 'code', redirect_uri: redirectUri, state: 'x', ...asked, ...pkce }
  for (const [name, value] of Object.entries(form)) url.searchParams.set(name, value)
  const answer = await person.authorize(url)
  return { code: answer.searchParams.get('code') ?? '', verifier }
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (chunk) => {
      said += chunk
      if (said.includes('"event":"listening"')) resolve()
    })
    child.once('close', (code) => reject(new Error(`signet serve ended with ${code}: ${said}`)))
  })
}
