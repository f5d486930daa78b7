import { type HtmlForm, readForms } from '#test/support/html-form.ts'
import { type Got, requestFrom } from './request-from.ts'
import { authorizeUrl } from './steps.ts'
import type { World } from './world.ts'

export type Guess = {
  readonly username: string
  readonly password: string
  /** The address that the guess comes from; 127.0.0.1 unless told. */
  readonly from?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Cookies that the browser has besides the one of its request: a device's mark. */
  readonly cookie?: string
}

/** A sign-in page that is open: its form, and the cookie of its browser. */
export type OpenForm = { readonly form: HtmlForm; readonly cookie: string }

/** Opens a sign-in page at a browser that has nothing. */
export async function openForm(world: World): Promise<OpenForm> {
  const begun = await world.send(authorizeUrl(world, world.c1))
  const cookie = begun.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const url = begun.location ?? new URL(world.issuer)
  const [form] = readForms((await world.send(url, { headers: { cookie } })).text, url)
  if (!form) throw new Error('no form')
  return { form, cookie }
}

/** Posts one guess and answers what came back. */
export function guess(world: World, { form, cookie }: OpenForm, wish: Guess): Promise<Got> {
  const { username, password, from, headers = {} } = wish
  const cookies = wish.cookie ? `${cookie}; ${wish.cookie}` : cookie
  return requestFrom({
    port: world.server.port,
    path: form.action.pathname + form.action.search,
    method: 'POST',
    headers: { host: new URL(world.issuer).host, cookie: cookies, origin: 'null', ...headers },
    body: new URLSearchParams({ ...Object.fromEntries(form.fields), username, password, action: 'login' }),
    ...(from && { from }),
  })
}

/** Makes guesses one after the other until one is not 400, at most so many; answers how many were verified. */
export async function guessUntilRefused(world: World, open: OpenForm, wish: Guess, most: number): Promise<number> {
  for (let verified = 0; verified < most; verified++) {
    const { status } = await guess(world, open, wish)
    if (status !== 400) return verified
  }
  return most
}
