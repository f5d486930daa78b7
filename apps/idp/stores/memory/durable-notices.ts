import type { LogoutNotice, NoticeKey, NoticeStore } from '#core/logout/notice-store.ts'
import { compareTexts } from '../ordering.ts'

/** The outbox of back-channel logout in memory. */
export function memoryNotices(): NoticeStore & { purge(before: Date): void } {
  const notices = new Map<string, LogoutNotice>()
  const change = (key: NoticeKey, parts: (before: LogoutNotice) => Partial<LogoutNotice>) => {
    const before = notices.get(keyOf(key))
    if (before) notices.set(keyOf(key), { ...before, ...parts(before) })
  }
  const waiting = () => [...notices.values()].filter(({ nextAt }) => nextAt !== undefined)

  return {
    async put(news) {
      for (const { sid, clientId, userId, at } of news) {
        const notice = { ...{ sid, clientId, userId, at }, ...{ attempts: 0, nextAt: at }, ...fresh }
        if (!notices.has(keyOf(notice))) notices.set(keyOf(notice), notice)
      }
    },
    listDue: async (now, most, except) =>
      waiting()
        .filter(({ nextAt, clientId }) => nextAt !== undefined && nextAt <= now && !except.includes(clientId))
        .sort((one, other) => Number(one.nextAt) - Number(other.nextAt) || byKey(one, other))
        .slice(0, most),
    async claim(notice, nextAt) {
      const kept = notices.get(keyOf(notice))
      if (!kept?.nextAt || kept.attempts !== notice.attempts) return false
      change(notice, () => ({ attempts: kept.attempts + 1, nextAt }))
      return true
    },
    async end(key, result) {
      if (notices.get(keyOf(key))?.deliveredAt) return
      if ('deliveredAt' in result) change(key, () => ({ ...result, nextAt: undefined, failure: undefined }))
      else change(key, ({ nextAt }) => ({ failure: result.failure, nextAt: result.isFinal ? undefined : nextAt }))
    },
    list: async ({ clientId, failed, most }) =>
      [...notices.values()]
        .filter((notice) => clientId === undefined || notice.clientId === clientId)
        .filter((notice) => !failed || notice.failure !== undefined)
        .sort((one, other) => other.at.getTime() - one.at.getTime() || byKey(one, other))
        .slice(0, most),
    async count() {
      const dates = waiting().map(({ at }) => at.getTime())
      return { waiting: dates.length, oldest: dates.length === 0 ? undefined : new Date(Math.min(...dates)) }
    },
    purge(before) {
      for (const [key, { at }] of notices) if (at < before) notices.delete(key)
    },
  }
}

const fresh = { deliveredAt: undefined, failure: undefined }

const keyOf = ({ sid, clientId }: NoticeKey) => JSON.stringify([sid, clientId])

const byKey = (one: NoticeKey, other: NoticeKey) =>
  compareTexts(one.sid, other.sid) || compareTexts(one.clientId, other.clientId)
