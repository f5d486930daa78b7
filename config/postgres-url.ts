/**
 * One URL for each server that a URL of PostgreSQL names (`postgresql://u:p@a:5432,b:5432/signet`), as libpq reads it;
 * undefined where one of them has no host and the options name no socket.
 */
export function splitPostgresUrl(url: string): readonly string[] | undefined {
  const [, head, servers = '', rest = ''] = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)([/?#].*)?$/.exec(url) ?? []
  if (head === undefined) return undefined
  const urls = servers.split(',').map((server) => `${head}${server}${rest}`)
  return urls.every(isUrl) ? urls : undefined
}

function isUrl(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed !== null && (parsed.hostname !== '' || parsed.searchParams.get('host')?.startsWith('/') === true)
}
