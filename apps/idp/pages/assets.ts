import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A file that the pages link: its bytes and its content type. */
export type Asset = { readonly body: Buffer; readonly type: string }

const style = readAsset('style.css', new URL('./assets/style.css', import.meta.url))
const script = readAsset('page.js', new URL('./assets/page.js', import.meta.url))
const sessionCheck = readAsset('session-check.js', new URL('./assets/session-check.js', import.meta.url))
const logo = readAsset('logo.svg', new URL('./assets/logo.svg', import.meta.url))

/** Where each is linked. The name carries the content's hash, so it may be cached for ever (`immutable`). */
export const assetPaths = {
  style: style.path,
  script: script.path,
  sessionCheck: sessionCheck.path,
  logo: logo.path,
} as const

/** What the server answers under `/assets/`, by path; nothing else is linked by any page. */
export const assets: ReadonlyMap<string, Asset> = new Map([
  [style.path, { body: style.body, type: 'text/css; charset=utf-8' }],
  [script.path, { body: script.body, type: 'text/javascript; charset=utf-8' }],
  [sessionCheck.path, { body: sessionCheck.body, type: 'text/javascript; charset=utf-8' }],
  [logo.path, { body: logo.body, type: 'image/svg+xml' }],
])

function readAsset(name: string, file: URL): { readonly path: string; readonly body: Buffer } {
  const body = readFileSync(file)
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 12)
  const dot = name.lastIndexOf('.')
  return { path: `/assets/${name.slice(0, dot)}.${hash}${name.slice(dot)}`, body }
}
