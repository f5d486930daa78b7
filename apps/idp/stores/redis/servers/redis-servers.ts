/** One Lua script. It is sent by its digest, and whole to a server that does not know it yet. */
export type Script = {
  readonly name: string
  readonly lua: string
  /** SHA-1 of the text, as EVALSHA wants it. */
  readonly digest: string
  /** Whether it may change something: then its answer waits for the replicas. */
  readonly writes: boolean
  /**
   * A script on the last of its keys that surely writes, and then answers 1. Where replicas are asked for, no answer is
   * believed unless they have confirmed such a write lately: a primary that was replaced may not know it.
   */
  readonly proof?: Script
}

/** The script said no by itself (`redis.error_reply`): it ran, and changed nothing. */
export class ScriptRefusal extends Error {}

/** One server as the checks of its settings see it. */
export type RedisServer = {
  readonly address: string
  /** The text of `INFO`. Throws `Unavailable`. */
  info(): Promise<string>
  /** A setting; undefined where the account may not ask or the server hides it. */
  setting(name: string): Promise<string | undefined>
}

/**
 * Redis as the stores see it, whatever its topology: one server, one found by sentinels, or a cluster. Nothing is sent
 * twice unless it is certain that it did not run, and nothing waits longer than the command timeout.
 */
export interface RedisServers {
  /**
   * Runs a script on keys of one bucket (0 to 255, all of whose keys have one hash tag). Settles with its answer, and
   * where it writes and replicas are asked for, not before enough of them have it. Throws {@link ScriptRefusal} or
   * `Unavailable`; after the latter its fate may be unknown.
   */
  run(bucket: number, script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>
  /**
   * What the server that calls for a bucket go to is and stays while it leads (`serverIdentity`), or its address; undefined
   * while that is not known.
   */
  serverOf(bucket: number): string | undefined
  /** The servers that hold buckets now. */
  list(): Promise<readonly RedisServer[]>
  /** The time of a server that holds buckets. */
  time(): Promise<Date>
  publish(channel: string, message: string): Promise<void>
  /** Hears a channel from now on. `gap` is called whenever messages may have been missed, also at the first connection. */
  subscribe(channel: string, listeners: { hear(message: string): void; gap(): void }): void
  /** Whether the subscription has been alive without a gap since the last call of `gap`. */
  isListening(): boolean
  close(): Promise<void>
}
