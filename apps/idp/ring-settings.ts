import type { Config } from '#config/config.ts'
import type { KeySettings } from '#core/keys/key-settings.ts'

/** What the key ring is told, from the whole configuration. */
export function ringKeySettings({ keys, tokens, sessions }: Config): KeySettings {
  const { secret, rotateEvery, jwksMaxAge, pollEvery, skew } = keys
  const { longestLifetime, refreshAbsolute } = tokens
  return {
    secret,
    rotateEvery,
    jwksMaxAge,
    pollEvery,
    skew,
    longestLifetime,
    refreshAbsolute,
    sessionAbsolute: sessions.absolute,
  }
}
