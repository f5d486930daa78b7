/**
 * What a server has for itself as long as it lives and leads, read from its INFO: its run id, new at each of its starts,
 * and the id of its line of writes, new whenever it becomes a primary. A server that was replaced and takes over again
 * has another one, also for who met it as a replica; one that lost its slots to others and got them back has the same.
 * Undefined where it does not tell.
 */
export function serverIdentity(info: string): string | undefined {
  const run = /^run_id:(\w+)/m.exec(info)?.[1]
  const line = /^master_replid:(\w{12})/m.exec(info)?.[1]
  const role = /^role:slave/m.test(info) ? 'replica' : undefined
  return run && [run, line, role].filter((one) => one !== undefined).join('.')
}
