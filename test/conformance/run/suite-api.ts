/** A module as a plan lists it. */
export type PlannedModule = { readonly testModule: string; readonly variant?: unknown }

/** What the suite says of a module that runs, or has run. */
export type ModuleInfo = { readonly status: string; readonly result?: string | null }

/** A line of a module's log; `upload` names a place for a screenshot that is still empty. */
export type LogEntry = {
  readonly src?: string
  readonly msg?: string
  readonly result?: string
  readonly requirements?: readonly string[]
  readonly upload?: string
}

/** Addresses that the suite's browser was sent to, and those that its script did not know. */
export type BrowserState = { readonly urls?: readonly string[]; readonly visited?: readonly string[] }

/** The REST API of the conformance suite, as far as a run needs it. */
export type SuiteApi = ReturnType<typeof suiteApi>

/** Speaks to the suite at an address; a hosted one wants a token. Throws where it answers otherwise than it documents. */
export function suiteApi(suite: string, token?: string) {
  const base = suite.endsWith('/') ? suite : `${suite}/`
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}

  async function call(method: 'GET' | 'POST', path: string, { expect, body, type = 'application/json' }: Call) {
    const headers = {
      ...authorization,
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': type }),
    }
    const response = await fetch(new URL(`api/${path}`, base), { method, headers, ...(body !== undefined && { body }) })
    const text = await response.text()
    if (response.status !== expect)
      throw new Error(`${method} api/${path} answered ${response.status} instead of ${expect}: ${text.slice(0, 300)}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  return {
    createPlan: (name: string, variant: object, config: object) =>
      call('POST', `plan?${query({ planName: name, variant: JSON.stringify(variant) })}`, {
        expect: 201,
        body: JSON.stringify(config),
      }) as Promise<{ readonly id: string; readonly modules: readonly PlannedModule[] }>,
    /** No body at all: with a plan the suite refuses one. */
    createModule: (plan: string, { testModule, variant }: PlannedModule) =>
      call(
        'POST',
        `runner?${query({ test: testModule, plan, ...(variant !== undefined && { variant: JSON.stringify(variant) }) })}`,
        { expect: 201 },
      ) as Promise<{ readonly id: string }>,
    start: (id: string) => call('POST', `runner/${id}`, { expect: 200 }) as Promise<unknown>,
    info: (id: string) => call('GET', `info/${id}`, { expect: 200 }) as Promise<ModuleInfo>,
    log: (id: string) => call('GET', `log/${id}`, { expect: 200 }) as Promise<readonly LogEntry[]>,
    browser: (id: string) => call('GET', `runner/browser/${id}`, { expect: 200 }) as Promise<BrowserState>,
    visited: (id: string, url: string) =>
      call('POST', `runner/browser/${id}/visit?${query({ url })}`, { expect: 204 }) as Promise<unknown>,
    /** Places for screenshots that are still empty have an `upload`. */
    images: (id: string) => call('GET', `log/${id}/images`, { expect: 200 }) as Promise<readonly LogEntry[]>,
    upload: (id: string, placeholder: string, dataUri: string) =>
      call('POST', `log/${id}/images/${placeholder}`, {
        expect: 200,
        body: dataUri,
        type: 'text/plain;charset=UTF-8',
      }) as Promise<unknown>,
  }
}

type Call = { readonly expect: number; readonly body?: string; readonly type?: string }

function query(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString()
}
