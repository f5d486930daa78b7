/** What attacks on the boundary between two requests are written with, for a server that is addressed as this host. */
export function smuggling(authority: string) {
  const host = `Host: ${authority}`
  const form = 'Content-Type: application/x-www-form-urlencoded'
  const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n\r\n`
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
  const post = (headers: readonly string[], body = '') =>
    `POST /token HTTP/1.1\r\n${[host, form, ...headers].join('\r\n')}\r\n\r\n${body}`
  return { host, form, smuggled, chunk, post, ambiguous: ambiguousRequests({ host, smuggled, chunk, post }) }
}

type Words = {
  readonly host: string
  /** A second request behind the first, that must never be seen. */
  readonly smuggled: string
  chunk(text: string): string
  post(headers: readonly string[], body?: string): string
}

/** Requests whose end two parsers see at two places. A table, so it is long. */
function ambiguousRequests({ host, smuggled, chunk, post }: Words): Readonly<Record<string, string>> {
  return {
    'CL.TE': post(['Content-Length: 6', 'Transfer-Encoding: chunked'], `0\r\n\r\n${smuggled}`),
    'TE.CL': post(['Transfer-Encoding: chunked', 'Content-Length: 4'], `${chunk(smuggled)}0\r\n\r\n`),
    'CL.TE, the second hidden by a tab': post(
      ['Content-Length: 6', 'Transfer-Encoding:\tchunked'],
      `0\r\n\r\n${smuggled}`,
    ),
    'TE with a space before the colon': post(
      ['Content-Length: 6', 'Transfer-Encoding : chunked'],
      `0\r\n\r\n${smuggled}`,
    ),
    'TE twice': post(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], `0\r\n\r\n${smuggled}`),
    'TE of an unknown kind': post(['Transfer-Encoding: xchunked'], `0\r\n\r\n${smuggled}`),
    'TE chunked and more': post(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${smuggled}`),
    'TE with junk': post(['Transfer-Encoding: chunked;x=y'], `0\r\n\r\n${smuggled}`),
    'TE in quotes': post(['Transfer-Encoding: "chunked"'], `0\r\n\r\n${smuggled}`),
    'TE on a folded line': post(['Transfer-Encoding:\r\n chunked'], `0\r\n\r\n${smuggled}`),
    'TE behind a bare CR': post(['X: y\rTransfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${smuggled}`),
    'TE behind a bare LF': post(['X: y\nTransfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${smuggled}`),
    'CL twice, different': post(['Content-Length: 0', `Content-Length: ${smuggled.length}`], smuggled),
    'CL twice, same': post(['Content-Length: 5', 'Content-Length: 5'], `a=b&c${smuggled}`),
    'CL as a list': post([`Content-Length: 0, ${smuggled.length}`], smuggled),
    'CL with a plus': post(['Content-Length: +5'], `a=b&c${smuggled}`),
    'CL negative': post(['Content-Length: -1'], smuggled),
    'CL in hex': post(['Content-Length: 0x5'], `a=b&c${smuggled}`),
    'CL with a point': post(['Content-Length: 5.0'], `a=b&c${smuggled}`),
    'CL too big for a number': post(['Content-Length: 18446744073709551621'], `a=b&c${smuggled}`),
    'CL empty': post(['Content-Length:'], smuggled),
    'CL with a space inside': post(['Content-Length: 5 0'], `a=b&c${smuggled}`),
    'chunk size in 0x': post(['Transfer-Encoding: chunked'], `0x5\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
    'chunk size negative': post(['Transfer-Encoding: chunked'], `-5\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
    'chunk size overflows': post(['Transfer-Encoding: chunked'], `10000000000000005\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
    'chunk longer than it says': post(['Transfer-Encoding: chunked'], `1\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
    'chunk ended by a bare LF': post(['Transfer-Encoding: chunked'], `5\na=b&c\n0\n\n${smuggled}`),
    'chunk extension with a bare LF': post(['Transfer-Encoding: chunked'], `5;x\na=b&c\r\n0\r\n\r\n${smuggled}`),
    'chunk extensions without end': post(
      ['Transfer-Encoding: chunked'],
      `5;${'x'.repeat(30_000)}\r\na=b&c\r\n0\r\n\r\n${smuggled}`,
    ),
    'chunk size with a space': post(['Transfer-Encoding: chunked'], `5 5\r\na=b&c\r\n0\r\n\r\n${smuggled}`),
    'bare LF everywhere': post([]).replaceAll('\r\n', '\n') + smuggled,
    'bare CR everywhere': post([]).replaceAll('\r\n', '\r') + smuggled,
    'NUL in a header': post(['X: a\0b', 'Content-Length: 0'], smuggled),
    'a header without a name': post([': x', 'Content-Length: 0'], smuggled),
    'a header without a colon': post(['Content-Length', 'Content-Length: 0'], smuggled),
    'a space before the first header': `POST /token HTTP/1.1\r\n ${host}\r\nContent-Length: 0\r\n\r\n${smuggled}`,
    'a version that is none': `POST /token HTTP/1.1x\r\n${host}\r\n\r\n${smuggled}`,
    'a LF in the path': `GET /\n HTTP/1.1\r\n${host}\r\n\r\n${smuggled}`,
  }
}
