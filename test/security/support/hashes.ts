import type { TestServer } from '#test/support/server.ts'

/** How many passwords a server has verified or hashed since it started. */
export async function hashesOf({ metrics }: TestServer): Promise<number> {
  const { text } = await metrics.expose()
  return Number(/^signet_password_hash_duration_seconds_count (\d+)$/m.exec(text)?.[1] ?? 0)
}
