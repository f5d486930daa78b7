/**
 * An http or https address as it may stand in a link, in the browser's own spelling; undefined for anything else, such
 * as `javascript:`, and for an address with a user name in it, which only ever hides the real host.
 */
export function webAddress(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined
  const url = new URL(address)
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  return isWeb && url.username === '' && url.password === '' ? url.href : undefined
}

/** Whether it is a path on this very server: `//host`, `/\host` and whitespace, which browsers drop, are not. */
export function isOwnPath(path: string): boolean {
  return /^\/(?![/\\])[\x21-\x7e]*$/.test(path)
}

/** Where a form or link of ours leads. Throws on anything but a path of our own or a web address: that is our bug. */
export function ownTarget(target: string): string {
  const checked = isOwnPath(target) ? target : webAddress(target)
  if (checked === undefined) throw new TypeError('a form or link leads neither to a path of our own nor to the web')
  return checked
}

/**
 * A picture that the strict policy shows: one that we serve, or a small raster in a `data:` address. Another site's
 * picture would tell that site who is signing in, and an SVG may carry script.
 */
export function pictureSource(source: string | undefined): string | undefined {
  if (source === undefined) return undefined
  const isRaster = /^data:image\/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/=]+$/.test(source)
  return isRaster || isOwnPath(source) ? source : undefined
}
