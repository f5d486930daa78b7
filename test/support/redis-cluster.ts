import { freePorts } from './free-ports.ts'
import { durableSettings, type RedisProcess, startRedisProcess, until } from './redis-process.ts'
import { acceptsWrites, type RedisTopology, type TopologyOptions, withRole } from './redis-topologies.ts'

export type ClusterTopology = RedisTopology & {
  /** Moves a slot with its keys, as `redis-cli --cluster reshard` does. */
  moveSlots(slots: readonly number[], to: RedisProcess): Promise<void>
  /** What a primary serves. */
  slotsOf(server: RedisProcess): Promise<ReadonlySet<number>>
  /** Who serves a slot, by the word of the primaries. */
  ownerOf(slot: number): Promise<RedisProcess>
}

/** How many slots a cluster has. */
const slotCount = 16_384
/** So many slots without keys are moved at a time, and so many with: while one is being moved its scripts wait. */
const movedEmpty = 256
const movedFull = 2

/** A cluster of six: three primaries, each with one replica, which takes over after about two seconds. */
export async function startCluster(options: TopologyOptions = {}): Promise<ClusterTopology> {
  const { settings = {}, login = '' } = options
  const ports = await freePorts(12)
  const servers = await Promise.all(
    ports.slice(0, 6).map((port, place) =>
      startRedisProcess({
        port,
        settings: {
          ...durableSettings,
          'repl-diskless-sync-delay': 0,
          'cluster-enabled': 'yes',
          'cluster-port': ports[place + 6] ?? 0,
          'cluster-node-timeout': 1500,
          'cluster-require-full-coverage': 'no',
          'cluster-allow-replica-migration': 'no',
          ...settings,
        },
      }),
    ),
  )
  await join(servers, ports)
  const owners = async () => new Set((await ranges(servers)).map(([, , port]) => port))
  const primaries = async () => {
    const known = await owners()
    return (await withRole(servers, 'master')).filter(({ port }) => known.has(port))
  }
  const replicas = () => withRole(servers, 'slave')
  const healthy = async () => {
    await until('three primaries', async () => (await primaries()).length === 3)
    await until('three replicas', async () => (await replicas()).length === 3)
    await until('a cluster that is whole', async () => (await Promise.all(servers.map(isWhole))).every(Boolean))
    await until('writes are accepted', async () => acceptsWrites(await primaries()))
  }
  await healthy()
  const ownerOf = async (slot: number) => {
    const range = (await ranges(servers)).find(([from, to]) => from <= slot && slot <= to)
    const owner = servers.find(({ port }) => port === range?.[2])
    if (!owner) throw new Error(`nobody serves slot ${slot}`)
    return owner
  }
  return {
    url: `redis+cluster://${login}${servers.map(({ address }) => address).join(',')}`,
    servers,
    primaries,
    replicas,
    healthy,
    ownerOf,
    slotsOf,
    async moveSlots(slots, to) {
      const all = await primaries()
      for (const from of all.filter(({ port }) => port !== to.port)) await moveFrom(from, slots, to)
    },
    stop: async () => void (await Promise.all(servers.map((one) => one.stop()))),
  }
}

/** Who serves which slots, as the first that answers says: from, to and the port of the primary. */
async function ranges(servers: readonly RedisProcess[]): Promise<readonly (readonly [number, number, number])[]> {
  const answers = servers.filter(({ isAwake }) => isAwake).map((server) => server.call('CLUSTER', 'SLOTS'))
  const slots = (await Promise.any(answers)) as readonly [number, number, readonly [string, number]][]
  return slots.map(([from, to, [, port]]) => [from, to, port])
}

async function isWhole(server: RedisProcess): Promise<boolean> {
  const info = String(await server.call('CLUSTER', 'INFO'))
  return /cluster_state:ok/.test(info) && /cluster_slots_ok:16384/.test(info) && /cluster_known_nodes:6/.test(info)
}

/** The first three get a third of the slots each, the others become their replicas. */
async function join(servers: readonly RedisProcess[], ports: readonly number[]): Promise<void> {
  const third = Math.ceil(slotCount / 3)
  for (const [place, server] of servers.entries()) {
    await server.call('CLUSTER', 'SET-CONFIG-EPOCH', place + 1)
    if (place < 3) {
      const last = Math.min((place + 1) * third, slotCount) - 1
      await server.call('CLUSTER', 'ADDSLOTSRANGE', place * third, last)
    }
    await servers[0]?.call('CLUSTER', 'MEET', '127.0.0.1', server.port, ports[place + 6] ?? 0)
  }
  const ids = await Promise.all(servers.map(idOf))
  for (const [place, server] of servers.slice(3).entries())
    await until('a replica that knows its primary', async () => {
      return (await server.call('CLUSTER', 'REPLICATE', ids[place] ?? '')) === 'OK'
    })
}

async function idOf(server: RedisProcess): Promise<string> {
  return String(await server.call('CLUSTER', 'MYID'))
}

async function moveFrom(from: RedisProcess, slots: readonly number[], to: RedisProcess): Promise<void> {
  const held = await slotsOf(from)
  const leaving = slots.filter((slot) => held.has(slot))
  const counts = await from.calls(leaving.map((slot) => ['CLUSTER', 'COUNTKEYSINSLOT', slot]))
  const full = leaving.filter((_, place) => counts[place] !== 0)
  const empty = leaving.filter((_, place) => counts[place] === 0)
  const [source, target] = await Promise.all([idOf(from), idOf(to)])
  for (const some of [...inPieces(full, movedFull), ...inPieces(empty, movedEmpty)]) {
    await to.calls(some.map((slot) => ['CLUSTER', 'SETSLOT', slot, 'IMPORTING', source]))
    const begun = some.map((slot) => ['CLUSTER', 'SETSLOT', slot, 'MIGRATING', target])
    const now = await from.calls([...begun, ...some.map((slot) => ['CLUSTER', 'COUNTKEYSINSLOT', slot])])
    for (const [place, slot] of some.entries()) if (now[some.length + place] !== 0) await moveKeys(slot, from, to)
    const done = some.map((slot) => ['CLUSTER', 'SETSLOT', slot, 'NODE', target])
    await to.calls(done)
    await from.calls(done)
  }
}

function inPieces(slots: readonly number[], size: number): readonly (readonly number[])[] {
  const pieces = Math.ceil(slots.length / size)
  return Array.from({ length: pieces }, (_, piece) => slots.slice(piece * size, (piece + 1) * size))
}

async function moveKeys(slot: number, from: RedisProcess, to: RedisProcess): Promise<void> {
  for (;;) {
    const [keys] = await from.calls([['CLUSTER', 'GETKEYSINSLOT', slot, 500]])
    if (!Array.isArray(keys) || keys.length === 0) return
    await from.calls([['MIGRATE', '127.0.0.1', to.port, '', 0, 5000, 'KEYS', ...keys]])
  }
}

async function slotsOf(server: RedisProcess): Promise<ReadonlySet<number>> {
  const own = (await ranges([server])).filter(([, , port]) => port === server.port)
  return new Set(own.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, step) => from + step)))
}
