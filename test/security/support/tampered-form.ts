import type { Page } from '#test/support/http-browser.ts'
import type { Person } from '#test/support/person.ts'
import { type Changes, cookiesOf, parameters } from './steps.ts'
import type { Answer, World } from './world.ts'

export type Tampering = {
  /** Fields to fill in, add, drop or double. */
  readonly fields?: Changes
  /** Parameters to put into the form's address. */
  readonly query?: Changes
  readonly headers?: Readonly<Record<string, string>>
}

/** Posts the form with this button as the person's browser, but tampered with; the redirect is not followed. */
export async function postTampered(
  world: World,
  person: Person,
  { page, button, fields = {}, query = {}, headers = {} }: Tampering & { readonly page: Page; readonly button: string },
): Promise<Answer> {
  const form = page.forms.find(({ buttons }) => buttons.some(({ id }) => id === button))
  if (!form) throw new Error(`no button #${button} on "${page.title}"`)
  const pressed = form.buttons.find(({ id }) => id === button)
  const own = pressed?.name ? { [pressed.name]: pressed.value } : {}
  const action = new URL(pressed?.action ?? form.action)
  for (const [name, value] of parameters(query)) action.searchParams.append(name, value)
  const answer = await world.send(action, {
    method: 'POST',
    body: parameters({ ...Object.fromEntries(form.fields), ...own }, fields),
    headers: { cookie: cookiesOf(world, person), ...headers },
  })
  person.browser.jar.take(action, answer.headers.getSetCookie())
  return answer
}
