import { accountRow } from './account.ts'
import { type App, appMark, appPolicies, named } from './app.ts'
import { document, type Site } from './document.ts'
import { type FormTarget, form, loneButton } from './form.ts'
import { type Html, html } from './html.ts'
import { type SignInError, signInFault } from './sign-in-fault.ts'
import { words } from './words.ts'

export type SignInPageProps = FormTarget & {
  readonly site: Site
  readonly client: App
  /** What was typed before, or hinted; the password is never given back. */
  readonly username?: string | undefined
  readonly error?: SignInError | undefined
  /** Someone is signed in and must prove it again: the name is fixed. */
  readonly reauthentication?: { readonly username: string } | undefined
}

const text = words.signIn

/**
 * Username and password. The markup is a contract with password managers, browsers and scripts, the conformance suite's
 * among them (docs/decisions/0027): names, ids and autocomplete tokens stay. Posts `action` = `login`, `deny`, or `switch` (another account, on reauthentication).
 */
export function signInPage(props: SignInPageProps): string {
  const { site, client, reauthentication, error } = props
  const fault = error && signInFault(error)
  const heading = reauthentication ? html`${text.confirmHeading}` : text.heading(named(client.name))
  const host = client.host !== '' && html`<bdi>${client.host}</bdi>`
  const lead = reauthentication ? text.confirmLead(named(client.name)) : host
  const content = html`${appMark(client)}
<h1>${heading}</h1>
${lead && html`<p class="muted host">${lead}</p>`}
${fault && html`<div class="alert" role="alert"><a href="#${fault.field}" id="fault">${fault.message}</a></div>`}
${reauthentication && accountRow(reauthentication, switchButton(props))}
${form(props, fields(props, fault?.fields ?? []))}`
  return document({ site, title: text.title, isError: fault !== undefined, content, footer: appPolicies(client) })
}

function switchButton(target: FormTarget): Html {
  return loneButton(target, { action: 'switch', text: words.useAnother, id: 'switch' })
}

function fields(props: SignInPageProps, faulty: readonly string[]): Html {
  const { reauthentication } = props
  return html`${reauthentication ? fixedUsername(reauthentication.username) : usernameField(props, faulty)}
${passwordField(faulty, reauthentication !== undefined || Boolean(props.username))}
<div class="actions">
<button class="primary" id="login" name="action" value="login">${reauthentication ? text.confirm : text.submit}</button>
<button class="quiet" id="deny" name="action" value="deny" formnovalidate>${words.cancel}</button>
</div>`
}

/** `webauthn` is the last token: browsers want it there for passkeys in autofill. */
function usernameField({ username = '' }: SignInPageProps, faulty: readonly string[]): Html {
  return html`<div class="field">
<label for="username">${text.username}</label>
<input id="username" name="username" type="text" inputmode="email" autocomplete="username webauthn" autocapitalize="none" autocorrect="off" spellcheck="false" enterkeyhint="next" required value="${username}"${invalid('username', faulty)}${focus(username === '' || faulty[0] === 'username')}>
</div>`
}

/** Out of sight, for password managers alone: they save the password under this name. */
function fixedUsername(username: string): Html {
  return html`<input class="unseen" id="username" name="username" type="text" autocomplete="username webauthn" readonly tabindex="-1" aria-hidden="true" value="${username}">`
}

function passwordField(faulty: readonly string[], isNext: boolean): Html {
  const isFocused = faulty[0] === 'password' || (isNext && faulty.length === 0)
  return html`<div class="field">
<label for="password">${text.password}</label>
<div class="reveal">
<input id="password" name="password" type="password" autocomplete="current-password" autocapitalize="none" autocorrect="off" spellcheck="false" enterkeyhint="go" required${invalid('password', faulty)}${focus(isFocused)}>
<button type="button" aria-controls="password" aria-label="${text.showPassword}" data-reveal data-hide="${text.hide}" data-hide-label="${text.hidePassword}" data-shown="${text.passwordShown}" data-hidden="${text.passwordHidden}" hidden>${text.show}</button>
</div>
<p class="unseen" role="status" data-reveal-status></p>
</div>`
}

function invalid(field: string, faulty: readonly string[]): Html | undefined {
  return faulty.includes(field) ? html` aria-invalid="true" aria-describedby="fault"` : undefined
}

function focus(isFirst: boolean): Html | undefined {
  return isFirst ? html` autofocus` : undefined
}
