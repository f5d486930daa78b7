/** Where a request came from, for the audit trail and throttling. Never part of a decision about rights. */
export type Origin = {
  /** The peer's IP address, read through trusted proxies only. */
  readonly address: string
  /** The `User-Agent`, cut to 200 characters; empty where there is none. */
  readonly agent: string
  readonly requestId: string
}
