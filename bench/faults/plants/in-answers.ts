import type { Plant } from './plant.ts'

const faults = 'apps/idp/server/http/faults.ts'

/** Bugs in what is answered, signed and logged. */
export const plantsInAnswers: readonly Plant[] = [
  {
    name: 'unavailable-as-invalid-grant',
    bug: 'a store that cannot answer is told to clients as their own fault',
    caughtBy: 'blameless-clients',
    scenario: 'redis-kill',
    edits: [
      {
        file: faults,
        find: `      status: 503,\n      code: 'temporarily_unavailable',`,
        replace: `      status: 400,\n      code: 'invalid_grant',`,
      },
    ],
  },
  {
    name: 'inactive-on-failure',
    bug: 'introspection says inactive where it could not look',
    caughtBy: 'blameless-clients',
    scenario: 'redis-kill',
    edits: [
      {
        file: 'apps/idp/server/backchannel/introspect.ts',
        find: `return introspect(required(form, 'token'), caller, clock.now())`,
        replace: `return introspect(required(form, 'token'), caller, clock.now()).catch(() => ({ active: false as const }))`,
      },
    ],
  },
  {
    name: 'no-retry-after',
    bug: 'a 503 does not say when to come back',
    caughtBy: 'honest-failures',
    scenario: 'redis-kill',
    edits: [
      {
        file: 'apps/idp/server/backchannel/errors.ts',
        find: `if (fault.retryAfter !== undefined) reply.header(`,
        replace: `if (fault.retryAfter === -1) reply.header(`,
      },
    ],
  },
  {
    name: 'active-remembered',
    bug: 'a positive answer of introspection is kept by the machine that gave it, and given every other time',
    caughtBy: 'same-answers',
    scenario: 'redis-kill',
    edits: [
      {
        file: 'apps/idp/core/tokens/introspect.ts',
        find: `    const live = await parts.readAccessToken(presented, now)\n    if (!live ||`,
        replace: [
          '    const known: Map<string, LiveAccessToken> = (Reflect.get(parts, "known") as never) ?? new Map()',
          '    Reflect.set(parts, "known", known)',
          '    const live = (Math.random() < 0.5 ? known.get(presented) : undefined) ?? (await parts.readAccessToken(presented, now))',
          '    if (live) known.set(presented, live)',
          '    if (!live ||',
        ].join('\n'),
      },
    ],
  },
  {
    name: 'deadline-left-out',
    bug: 'a request waits for as long as a dependency likes, and so does a call to the database',
    caughtBy: 'in-time',
    scenario: 'postgres-faults',
    edits: [
      {
        file: 'apps/idp/server/http/deadline.ts',
        find: 'else setImmediate(giveUp)',
        replace: 'else void giveUp',
      },
      {
        file: 'apps/idp/stores/prisma/database.ts',
        find: 'ms`))), most)',
        replace: 'ms`))), most + 60_000)',
      },
      {
        file: 'apps/idp/stores/prisma/database.ts',
        find: 'patience.settle, servers).finally(',
        replace: 'patience.settle, servers).catch((error) => wait(3000).then(() => Promise.reject(error))).finally(',
      },
    ],
  },
  {
    name: 'refresh-asks-sql',
    bug: 'a plain refresh cannot be answered without the database',
    caughtBy: 'as-described',
    scenario: 'postgres-faults',
    edits: [
      {
        file: 'apps/idp/core/grants/prepare-refresh.ts',
        find: 'let found = await find()',
        replace: 'await parts.facts.findFamily(familyId)\n  let found = await find()',
      },
    ],
  },
  {
    name: 'key-signs-at-once',
    bug: 'a new key signs before caches can know it',
    caughtBy: 'verifiable-tokens',
    scenario: 'jwks-rotation',
    edits: [
      {
        file: 'apps/idp/core/keys/rotate.ts',
        find: 'if (!atOnce) return later(now, noticeOf(settings))',
        replace: 'if (!atOnce) return later(now, 0 * noticeOf(settings))',
      },
    ],
  },
  {
    name: 'bodies-logged',
    bug: 'what clients send is logged',
    caughtBy: 'no-secrets',
    scenario: 'redis-kill',
    edits: [
      {
        file: 'apps/idp/server/http/log-requests.ts',
        find: 'status: reply.statusCode,',
        replace: [
          'status: reply.statusCode,',
          'sent: [...((request.body as { form?: { fields: Map<string, string> } })?.form?.fields ?? [])].join(" "),',
        ].join('\n'),
      },
    ],
  },
]
