import { readFileSync } from 'node:fs'

const guide = readFileSync(new URL('../../docs/operations/redis-acl.md', import.meta.url), 'utf8')
const [data = '', sentinel = ''] = [...guide.matchAll(/```redis-acl\nuser (.+)\n```/g)].map(([, line = '']) => line)

/** The password of the users below. */
export const accountPassword = 'pw-of-the-guide'

/** What the guide for operators lets Signet do, as the setting `user` of redis.conf: for servers that hold data. */
export const dataAccount = data.replace('>password', `>${accountPassword}`)
/** The same for sentinels. */
export const sentinelAccount = sentinel.replace('>password', `>${accountPassword}`)
