import type { Config } from './config.ts'
import type { Finding } from './config-error.ts'
import { formatDuration } from './duration.ts'

/** Settings that are right alone and wrong together. */
export function disagreements(config: Config): readonly Omit<Finding, 'source'>[] {
  const { sessions, tokens, keys, database } = config
  const lead = keys.jwksMaxAge + keys.pollEvery + keys.skew
  const limits = [
    {
      setting: 'database.lockTimeout',
      value: database.lockTimeout,
      limit: 'database.statementTimeout',
      most: database.statementTimeout,
    },
    { setting: 'sessions.idle', value: sessions.idle, limit: 'sessions.absolute', most: sessions.absolute },
    {
      setting: 'tokens.refreshIdle',
      value: tokens.refreshIdle,
      limit: 'tokens.refreshAbsolute',
      most: tokens.refreshAbsolute,
    },
    {
      setting: 'tokens.accessLifetime',
      value: tokens.accessLifetime,
      limit: 'tokens.longestLifetime',
      most: tokens.longestLifetime,
    },
    {
      setting: 'tokens.idLifetime',
      value: tokens.idLifetime,
      limit: 'tokens.longestLifetime',
      most: tokens.longestLifetime,
    },
    {
      setting: 'keys.pollEvery',
      value: lead,
      limit: 'keys.rotateEvery, which a new key must wait out (with keys.jwksMaxAge and keys.skew)',
      most: keys.rotateEvery,
    },
  ]
  return limits
    .filter(({ value, most }) => value > most)
    .map(({ setting, value, limit, most }) => ({
      setting,
      fault: `${formatDuration(value)} is longer than ${limit}.`,
      mend: `Keep it at ${formatDuration(most)} or less, or raise the other.`,
    }))
}
