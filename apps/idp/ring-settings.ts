import type { Config } from '#config/config.ts'
import type { KeySettings } from '#core/keys/key-settings.ts'
import { signingAlgs } from '#core/keys/stored-ring.ts'

/** Always there, whatever the settings say: Signet's own default, and the one that every library takes. */
const always: readonly string[] = ['ES256', 'RS256']

/** What the key ring is told, from the whole configuration. */
export function ringKeySettings({ keys, tokens, sessions }: Config): KeySettings {
  const { secret, rotateEvery, jwksMaxAge, pollEvery, skew } = keys
  const { longestLifetime, refreshAbsolute } = tokens
  return {
    secret,
    algs: signingAlgs.filter((alg) => alg === tokens.accessAlg || always.includes(alg)),
    decryptionAlgs: keys.encryptionAlgs,
    rotateEvery,
    jwksMaxAge,
    pollEvery,
    skew,
    longestLifetime,
    refreshAbsolute,
    sessionAbsolute: sessions.absolute,
  }
}
