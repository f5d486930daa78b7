import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { groupCommit } from '#stores/redis/servers/group-commit.ts'
import type { Connection } from '#stores/redis/servers/open-connection.ts'

/** A connection of which only WAIT is asked, and which may be lost meanwhile. */
function aConnection(answers: readonly (() => number)[]): Connection & { generation: number; waits: number } {
  return {
    generation: 1,
    waits: 0,
    isUsable: true,
    address: '',
    server: '',
    leaveUnlessAt() {},
    leave() {},
    disconnect() {},
    firstFailure: async () => undefined,
    async send(command) {
      const have = answers[this.waits++]?.() ?? 0
      const redis = new Redis({ lazyConnect: true })
      redis.wait = async () => have
      return command(redis)
    },
  }
}

test('what another connection wrote is never acknowledged by this one', async () => {
  const connection = aConnection([() => 1])
  const commit = groupCommit(connection, 1)
  const [before, after] = [commit(0), commit(1)]
  await expect(before).rejects.toThrow('the connection broke')
  await after
  expect(connection.waits).toBe(1)
})

test('a connection that breaks between two WAITs acknowledges nothing', async () => {
  const connection = aConnection([
    () => {
      connection.generation += 1
      return 0
    },
    () => 1,
  ])
  await expect(groupCommit(connection, 1)(1)).rejects.toThrow('the connection broke')
  expect(connection.waits).toBe(1)
})

test('a replica that is late is waited for again, for half a second in all', async () => {
  const late = aConnection([() => 0, () => 0, () => 1])
  await groupCommit(late, 1)(1)
  expect(late.waits).toBe(3)
  const never = aConnection([])
  await expect(groupCommit(never, 1)(1)).rejects.toThrow('0 of 1 replicas have it')
  expect(never.waits).toBe(5)
})

test('while one WAIT is not answered no other is sent, and the next serves all who came meanwhile', async () => {
  let inFlight = 0
  let most = 0
  const connection = aConnection([])
  connection.send = async () => {
    connection.waits += 1
    inFlight += 1
    most = Math.max(most, inFlight)
    await new Promise((resolve) => setImmediate(resolve))
    inFlight -= 1
    return JSON.parse(connection.waits < 3 ? '0' : '1')
  }
  const commit = groupCommit(connection, 1)
  const some: Promise<void>[] = []
  for (let turn = 0; turn < 4; turn++) {
    some.push(commit(1), commit(1))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(some)
  expect(most).toBe(1)
  expect(connection.waits).toBeLessThan(6)
})
