import { assetPaths } from './assets.ts'
import { type Html, html } from './html.ts'
import { isOwnPath } from './web-address.ts'
import { words } from './words.ts'

/** Whose pages these are. */
export type Site = {
  readonly name: string
  /** The issuer's path where it has one (`/tenant`): the assets are linked below it. */
  readonly basePath?: string | undefined
}

/** One page: its place in the title, whether it reports an error, and what stands in the card. */
export type DocumentProps = {
  readonly site: Site
  readonly title: string
  readonly isError?: boolean | undefined
  /** Where the page leads by itself, and after how many seconds; where scripts run they may be faster. */
  readonly leadsOn?: { readonly to: string; readonly after: number } | undefined
  readonly content: Html
  /** What stands below the card, such as an app's policies. */
  readonly footer?: Html | undefined
}

/** The whole document around a page: one column, one stylesheet, one script that every page works without. */
export function document({ site, title, isError, leadsOn, content, footer }: DocumentProps): string {
  const placed = words.title(title, site.name)
  return html`<!doctype html>
<html lang="${words.language}" dir="${words.direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>${isError ? words.errorTitle(placed) : placed}</title>
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f6f5f2" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#12161a" media="(prefers-color-scheme: dark)">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no">${
    leadsOn &&
    html`
<meta http-equiv="refresh" content="${leadsOn.after}; url=${leadsOn.to}">`
  }
<link rel="icon" type="image/svg+xml" href="${linked(site, assetPaths.logo)}">
<link rel="stylesheet" href="${linked(site, assetPaths.style)}">
<script src="${linked(site, assetPaths.script)}" defer></script>
</head>
<body>
<div class="page">
<header class="brand"><img src="${linked(site, assetPaths.logo)}" alt="" width="28" height="28"><bdi>${site.name}</bdi></header>
<main class="card">
${content}
</main>
${footer && html`<footer class="below">${footer}</footer>`}
</div>
</body>
</html>
`.toString()
}

/** The address of a file of ours, below the issuer's path. */
export function linked(site: Site, path: string): string {
  const base = (site.basePath ?? '').replace(/\/+$/, '')
  if (base !== '' && !isOwnPath(base)) throw new TypeError('a base path must be a path of our own')
  return base + path
}
