/** A form as a browser sees it: where it goes, what it holds, and which buttons send it. */
export type HtmlForm = {
  readonly action: URL
  readonly method: 'get' | 'post'
  readonly fields: ReadonlyMap<string, string>
  readonly buttons: readonly HtmlButton[]
}

export type HtmlButton = { readonly id: string; readonly name: string; readonly value: string; readonly action?: URL }

type Attributes = ReadonlyMap<string, string>

/**
 * The forms of a page. Reads the HTML that servers of ours and of relying parties really write (quoted attributes, no
 * nesting of forms); what a browser would not send (unticked boxes, disabled fields) is left out.
 */
export function readForms(html: string, base: URL): HtmlForm[] {
  const forms = html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)
  return [...forms].map(([, head = '', body = '']) => readForm(readAttributes(head), body, base))
}

function readForm(head: Attributes, body: string, base: URL): HtmlForm {
  const action = new URL(head.get('action') || base.href, base)
  const fields = new Map<string, string>()
  for (const input of tags(body, 'input')) {
    const type = input.get('type')?.toLowerCase() ?? 'text'
    const unticked = (type === 'checkbox' || type === 'radio') && !input.has('checked')
    const name = input.get('name')
    if (!name || unticked || input.has('disabled') || type === 'submit') continue
    fields.set(name, input.get('value') ?? (type === 'checkbox' ? 'on' : ''))
  }
  const submits = tags(body, 'input').filter((input) => input.get('type')?.toLowerCase() === 'submit')
  const buttons = [...tags(body, 'button').filter((button) => button.get('type') !== 'button'), ...submits]
  return {
    action,
    method: head.get('method')?.toLowerCase() === 'post' ? 'post' : 'get',
    fields,
    buttons: buttons.map((button) => readButton(button, base)),
  }
}

function readButton(button: Attributes, base: URL): HtmlButton {
  const action = button.get('formaction')
  const known = { id: button.get('id') ?? '', name: button.get('name') ?? '', value: button.get('value') ?? '' }
  return action === undefined ? known : { ...known, action: new URL(action, base) }
}

function tags(html: string, name: string): Attributes[] {
  return [...html.matchAll(new RegExp(`<${name}\\b((?:[^>"']|"[^"]*"|'[^']*')*)>`, 'gi'))].map((tag) =>
    readAttributes(tag[1] ?? ''),
  )
}

function readAttributes(text: string): Attributes {
  const found = text.matchAll(/([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g)
  return new Map([...found].map(([, name = '', a, b, c]) => [name.toLowerCase(), decodeEntities(a ?? b ?? c ?? '')]))
}

const named: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

/** Turns `&#34;`, `&#x22;` and the common named entities back into characters. */
export function decodeEntities(text: string): string {
  return text.replace(/&(#x[\da-f]+|#\d+|\w+);/gi, (whole, entity: string) => {
    if (!entity.startsWith('#')) return named[entity] ?? whole
    const hex = entity[1]?.toLowerCase() === 'x'
    return String.fromCodePoint(Number.parseInt(entity.slice(hex ? 2 : 1), hex ? 16 : 10))
  })
}
