import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

let last: { readonly of: string; readonly ports: ReadonlySet<number> } | undefined

/**
 * The local ports of all TCP connections (IPv4) that these processes hold now: who is at the other end of a connection.
 * Who asks several times in one turn is told the same: the look takes long enough on a busy machine to hold up a network.
 */
export function portsOf(pids: readonly number[]): ReadonlySet<number> {
  const of = pids.join()
  if (last?.of === of) return last.ports
  const ports = look(pids)
  last = { of, ports }
  // Before anything else is heard of: a connection that comes next is looked up anew.
  queueMicrotask(() => {
    last = undefined
  })
  return ports
}

function look(pids: readonly number[]): ReadonlySet<number> {
  const held = new Set(pids.flatMap(socketsOf))
  const [, ...lines] = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n')
  const rows = lines.filter((line) => !line.includes(timeWait)).map((line) => line.trim().split(/\s+/))
  const own = rows.filter(([, , , , , , , , , inode = '']) => held.has(inode))
  return new Set(own.map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16)))
}

/** What is over and still counted: nobody's, and there are thousands of them on a busy machine. */
const timeWait = ' 06 00000000:00000000 '

/** The inodes of the sockets of a process; none where it has ended. */
function socketsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`
  try {
    return readdirSync(folder).flatMap((name) => inodeOf(`${folder}/${name}`))
  } catch {
    return []
  }
}

/** A file that was closed while it was looked at is nobody's. */
function inodeOf(path: string): readonly string[] {
  try {
    const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1]
    return inode === undefined ? [] : [inode]
  } catch {
    return []
  }
}
