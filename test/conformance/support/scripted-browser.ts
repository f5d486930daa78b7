import { decodeEntities } from '#test/support/html-form.ts'
import { aBrowser, type HttpBrowser, type Page } from '#test/support/http-browser.ts'
import type { BrowserScript, Command, Entry, Task } from './browser-script.ts'

/** Where a visit ended, and every page that was shown on the way. */
export type Visit = {
  readonly end: Page
  readonly shown: readonly Page[]
  /** Pages whose picture the suite would keep. */
  readonly screenshots: readonly Page[]
  /** Addresses that were loaded in frames of those pages. */
  readonly frames: readonly URL[]
}

/** The suite's browser for one module: one cookie jar, no scripts, steps as the script says. */
export type ScriptedBrowser = {
  readonly http: HttpBrowser
  /** Goes to an address and does what the first matching entry says, up to the door of the client. */
  visit(url: string | URL, init?: RequestInit): Promise<Visit>
}

/** Makes the browser of one module, with a fresh cookie jar. `knows` are origins besides the provider's to go to. */
export function scriptedBrowser(
  issuer: string,
  script: BrowserScript,
  { module = '', knows = [] }: { readonly module?: string; readonly knows?: readonly string[] } = {},
): ScriptedBrowser {
  const http = aBrowser({ knows: [issuer, ...knows], isOld: true })
  const entries = script.override[module]?.browser ?? script.browser
  const uses = new Map<Entry, number>()

  function entryFor(url: string): Entry | undefined {
    return entries.find((entry) => {
      if (!matches(entry.match, url) || (uses.get(entry) ?? 0) >= (entry['match-limit'] ?? Number.POSITIVE_INFINITY))
        return false
      uses.set(entry, (uses.get(entry) ?? 0) + 1)
      return true
    })
  }

  return {
    http,
    async visit(url, init = {}) {
      const entry = entryFor(String(url))
      if (!entry) throw new Error(`the script does not know what to do at ${url}`)
      const tab = await openTab(http, await http.open(url, init))
      for (const task of entry.tasks) await perform(tab, task)
      return { end: tab.page, shown: tab.shown, screenshots: tab.screenshots, frames: tab.frames }
    },
  }
}

type Tab = {
  page: Page
  readonly shown: Page[]
  readonly screenshots: Page[]
  readonly frames: URL[]
  readonly typed: Map<string, string>
  /** Clicks a button or a link. */
  click(id: string): Promise<void>
}

async function openTab(http: HttpBrowser, first: Page): Promise<Tab> {
  const show = async (page: Page) => {
    tab.page = page
    if (page.left) return
    tab.shown.push(page)
    for (const address of framesOf(page)) tab.frames.push((await http.open(address)).url)
  }
  const tab: Tab = {
    page: first,
    shown: [],
    screenshots: [],
    frames: [],
    typed: new Map(),
    async click(id) {
      const link = linkOf(tab.page, id)
      await show(link ? await http.open(link) : await http.press(tab.page, id, Object.fromEntries(tab.typed)))
      tab.typed.clear()
    },
  }
  await show(first)
  return tab
}

function framesOf({ text, url }: Page): readonly URL[] {
  return [...text.matchAll(/<iframe\b[^>]*\bsrc="([^"]*)"/g)].map(([, src = '']) => new URL(decodeEntities(src), url))
}

function linkOf({ text, url }: Page, id: string): URL | undefined {
  const tag = new RegExp(`<a\\b[^>]*\\bid="${id}"[^>]*>`).exec(text)?.[0]
  const href = tag && /\bhref="([^"]*)"/.exec(tag)?.[1]
  return href === undefined ? undefined : new URL(decodeEntities(href), url)
}

async function perform(tab: Tab, task: Task): Promise<void> {
  if (tab.page.left) return
  if (!matches(task.match, tab.page.url.href)) {
    if (task.optional) return
    throw new Error(
      `"${task.task}" expects ${task.match}, but the browser is at ${tab.page.url}: ${visibleText(tab.page)}`,
    )
  }
  for (const command of task.commands) await obey(tab, command)
}

async function obey(tab: Tab, command: Command): Promise<void> {
  const [verb, selector, target] = command
  const form = tab.page.forms.find(
    ({ fields, buttons }) => fields.has(target) || buttons.some(({ id }) => id === target),
  )
  const isThere = form !== undefined || linkOf(tab.page, target) !== undefined
  const isOptional = verb !== 'wait' && command.at(-1) === 'optional'
  if (verb === 'wait') return look(tab, command)
  if (!isThere && isOptional) return
  if (!isThere) throw new Error(`no ${selector} ${target} on "${tab.page.title}" at ${tab.page.url.pathname}`)
  if (verb === 'text') type(tab, target, String(command[3]))
  else await tab.click(target)
}

/** A driver cannot type where a person could not. */
function type({ page, typed }: Tab, name: string, value: string): void {
  const fixed = new RegExp(`<input\\b[^>]*\\bname="${name}"[^>]*\\b(readonly|disabled)\\b`)
  if (fixed.test(page.text)) throw new Error(`${name} cannot be edited on "${page.title}"`)
  typed.set(name, value)
}

/** Waiting is looking once: a page without scripts does not change. */
function look(tab: Tab, [, selector, target, , words, screenshot]: readonly (string | number | undefined)[]): void {
  if (selector === 'id' && !tab.page.text.includes(`id="${target}"`))
    throw new Error(`no id ${target}: ${tab.page.text}`)
  if (typeof words === 'string' && !wholePattern(words).test(visibleText(tab.page)))
    throw new Error(`${words} is not to be read at ${tab.page.url}: ${visibleText(tab.page)}`)
  if (screenshot) tab.screenshots.push(tab.page)
}

/** Java says `(?s)` where JavaScript has the flag `s`. */
function wholePattern(words: string): RegExp {
  return words.startsWith('(?s)') ? new RegExp(`^${words.slice(4)}$`, 's') : new RegExp(`^${words}$`)
}

/** What a person reads: no tags, no title, no styles. */
export function visibleText({ text }: Page): string {
  const body = text.replace(/<head\b.*?<\/head>/is, '').replace(/<(script|style)\b.*?<\/\1>/gis, '')
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/** Spring's simple patterns: `*` stands for anything. */
function matches(pattern: string, url: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.?+^$()[\]{}|\\/]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(url)
}
