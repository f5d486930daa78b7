import type { Page } from '#test/support/http-browser.ts'
import type { Answer, World } from './world.ts'

/** A form of a real page, filled in and not sent yet: a test sends it otherwise than a browser would. */
export type ReadyForm = { readonly action: URL; readonly body: URLSearchParams }

/** Fills in the form that has the button with this id. */
export function readyForm(page: Page, id: string, fill: Readonly<Record<string, string>> = {}): ReadyForm {
  for (const { action, fields, buttons } of page.forms) {
    const button = buttons.find((one) => one.id === id)
    if (!button) continue
    const body = new URLSearchParams([...fields])
    if (button.name) body.set(button.name, button.value)
    for (const [name, value] of Object.entries(fill)) body.set(name, value)
    return { action, body }
  }
  throw new Error(`no button #${id} on "${page.title}" (${page.status})`)
}

/** The form with fields changed, or left out where undefined. */
export function changed(form: ReadyForm, changes: Readonly<Record<string, string | undefined>>): ReadyForm {
  const body = new URLSearchParams(form.body)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) body.delete(name)
    else body.set(name, value)
  }
  return { ...form, body }
}

/** Posts a form with a cookie header, and with what the browser of another site would say where `headers` do. */
export function postReady(
  world: Pick<World, 'send'>,
  { action, body }: ReadyForm,
  { cookie = '', headers = {} }: { readonly cookie?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  return world.send(action, { method: 'POST', body, headers: { ...headers, ...(cookie && { cookie }) } })
}

/** The value of a cookie that an answer sets; undefined where it does not, empty where it takes it away. */
export function cookieSet(answer: Pick<Answer, 'headers'>, name: string): string | undefined {
  const line = answer.headers.getSetCookie().find((one) => one.replace(/^__Host-/, '').startsWith(`${name}=`))
  return line === undefined ? undefined : (/=([^;]*)/.exec(line)?.[1] ?? '')
}
