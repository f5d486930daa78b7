import { assetPaths } from './assets.ts'
import { linked, type Site } from './document.ts'
import { html } from './html.ts'

export type SessionCheckPageProps = {
  readonly site: Site
  /** The name of the cookie with the browser's state. */
  readonly cookie: string
}

/** The invisible page that apps frame to ask whether the sign-in has changed (Session Management 1.0 §3.2). */
export function sessionCheckPage({ site, cookie }: SessionCheckPageProps): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${site.name}</title>
<script src="${linked(site, assetPaths.sessionCheck)}" data-cookie="${cookie}"></script>
</head>
<body></body>
</html>
`.toString()
}
