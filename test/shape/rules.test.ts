import { expect, test } from 'vitest'
import { forbiddenImports } from './imports.ts'
import { heldWriters } from './migrations.ts'
import { rooms, undocumented } from './rooms.ts'
import { commentShare, longFiles, longFunctions, medians } from './sizes.ts'
import { parse, type Source, type Violation } from './source.ts'
import { anyTypes, forbiddenWords, oddFileNames, vagueNames } from './words.ts'

type Rule = (sources: readonly Source[]) => readonly Violation[]

const body = (lines: number) => '\n  call()'.repeat(lines)
const core = 'apps/idp/core/tokens/a.ts'
const migration = 'prisma/postgresql/migrations/29990101000000_a/migration.sql'
const index = 'CREATE INDEX "a" ON "User"("b");'

/** A violation of every rule: where it is planted, and the text that breaks it. One row each, so the list is long. */
const planted: readonly (readonly [string, Rule, string, string])[] = [
  ['core imports a store', forbiddenImports, core, `import { a } from '#stores/stores.ts'`],
  ['core imports settings', forbiddenImports, core, `import type { Config } from '#config/config.ts'`],
  ['core imports HTTP', forbiddenImports, core, `import http from 'node:http'`],
  ['core imports a package', forbiddenImports, core, `import fastify from 'fastify'`],
  ['core imports argon2 outside passwords', forbiddenImports, core, `import { hash } from 'argon2'`],
  [
    'core imports jose where nothing is signed',
    forbiddenImports,
    'apps/idp/core/users/a.ts',
    `import { SignJWT } from 'jose'`,
  ],
  ['core imports dynamically', forbiddenImports, core, `const a = await import('#server/app.ts')`],
  ['core imports a type by import()', forbiddenImports, core, `type A = import('#server/app.ts').A`],
  ['core exports from elsewhere', forbiddenImports, core, `export { a } from '#cli/a.ts'`],
  [
    'a low room of the core knows a high one',
    forbiddenImports,
    'apps/idp/core/oauth/a.ts',
    `import { a } from '../tokens/a.ts'`,
  ],
  ['tokens know grants', forbiddenImports, core, `import { a } from '#core/grants/a.ts'`],
  ['a store imports the server', forbiddenImports, 'apps/idp/stores/a.ts', `import { a } from '#server/a.ts'`],
  ['a page imports the core', forbiddenImports, 'apps/idp/pages/a.ts', `import type { A } from '#core/a.ts'`],
  ['the server imports the wiring', forbiddenImports, 'apps/idp/server/a.ts', `import { wire } from '#idp/wire.ts'`],
  ['the command imports the server', forbiddenImports, 'apps/cli/a.ts', `import { a } from '#server/a.ts'`],
  ['the sample app imports ours', forbiddenImports, 'apps/sample-app/a.ts', `import { a } from '#core/a.ts'`],
  [
    'the sample API imports ours by dots',
    forbiddenImports,
    'apps/sample-api/a.ts',
    `import { a } from '../idp/core/a.ts'`,
  ],
  ['dots lead out of the room', forbiddenImports, 'apps/idp/server/a.ts', `import { a } from '../core/a.ts'`],
  ['no extension', forbiddenImports, core, `import { a } from './b'`],
  ['a long file', longFiles, core, 'call()\n'.repeat(251)],
  ['a long test', longFiles, 'test/a.test.ts', 'call()\n'.repeat(251)],
  ['a long function', longFunctions, core, `function a() {${body(49)}\n}`],
  ['a long arrow', longFunctions, core, `const a = () => {${body(49)}\n}`],
  ['a long callback inside', longFunctions, core, `function a() {\n  each(() => {${body(48)}\n  })\n}`],
  ['many parameters', longFunctions, core, 'function a(b: 1, c: 2, d: 3, e: 4, f: 5) {}'],
  ['a vague file', vagueNames, 'apps/idp/core/utils.ts', ''],
  ['a vague folder', vagueNames, 'apps/idp/common/a.ts', ''],
  ['a vague word in a name', vagueNames, 'apps/idp/core/token-helpers.ts', ''],
  ['a Manager', vagueNames, core, 'class KeyManager {}'],
  ['a Service', vagueNames, core, 'export function tokenService() {}'],
  ['an Impl', vagueNames, core, 'const storeImpl = 1'],
  ['an I', vagueNames, core, 'interface IStore {}'],
  ['a camel-case file', oddFileNames, 'apps/idp/core/tokenStore.ts', ''],
  ['an any', anyTypes, core, 'const a: any = 1'],
  ['an any in a test', anyTypes, 'test/a.test.ts', 'const a = 1 as any'],
  ['a cast through unknown', forbiddenWords, core, 'const a = 1 as unknown as string'],
  ['a default export', forbiddenWords, core, 'export default 1'],
  ['a clock in the core', forbiddenWords, core, 'const a = Date.now()'],
  ['a date in the core', forbiddenWords, core, 'const a = new Date()'],
  ['chance that can be guessed', forbiddenWords, core, 'const a = Math.random()'],
  ['an environment variable', forbiddenWords, core, 'const a = process.env.HOME'],
  ['a console', forbiddenWords, 'apps/idp/server/a.ts', `console.log('a')`],
  ['a silenced type', forbiddenWords, core, '// @ts-ignore\nconst a = 1'],
  ['a note to do', forbiddenWords, 'docs/a.md', 'TODO: write this'],
  ['a test alone', forbiddenWords, 'test/a.test.ts', `test.only('a', () => {})`],
  ['a test left out', forbiddenWords, 'test/a.test.ts', `describe.skip('a', () => {})`],
  ['a path of one machine', forbiddenWords, 'docs/a.md', 'see /home/somebody/signet'],
  ['a temporary path', forbiddenWords, 'test/a.test.ts', `const a = '/tmp/signet'`],
  ['a room without a README', rooms, 'apps/idp/core/a.ts', ''],
  ['an index over a table in use', heldWriters, migration, index],
  ['one of its values', heldWriters, migration, 'CREATE UNIQUE INDEX "a" ON "User"("b");'],
  ['a constraint that makes an index', heldWriters, migration, 'ALTER TABLE "User" ADD CONSTRAINT "a" UNIQUE ("b");'],
  [
    'an index beside another statement',
    heldWriters,
    migration,
    `CREATE TABLE "A" ();\n${index.replace('INDEX', 'INDEX CONCURRENTLY')}`,
  ],
  ['a function that promises nothing', undocumented, core, 'export function a() {}'],
]

test.each(planted)('is found by its file: %s', (_what, rule, path, text) => {
  const found = rule(parse(new Map([[path, text]])))
  expect(found).not.toEqual([])
  expect(found[0]?.at).toContain(path.replace(/\/[^/]+$/, ''))
  expect(found[0]?.why).not.toBe('')
})

/** What comes close to a violation and is none. */
const allowed: readonly (readonly [string, Rule, string, string])[] = [
  [
    'core imports core',
    forbiddenImports,
    core,
    `import { a } from '../oauth/form.ts'\nimport { createHash } from 'node:crypto'`,
  ],
  ['jose where tokens are signed', forbiddenImports, core, `import { SignJWT } from 'jose'`],
  [
    'a table that says why it is long',
    longFunctions,
    core,
    `// Long because it is a table.\nfunction a() {${body(60)}\n}`,
  ],
  [
    'a factory of short methods',
    longFunctions,
    core,
    `function a() {\n return {\n  b() {${body(40)}\n },\n  c() {${body(40)}\n }\n }\n}`,
  ],
  ['a date from a value', forbiddenWords, core, 'const a = new Date(seconds * 1000)'],
  ['a suite that says why it cannot run', forbiddenWords, 'test/a.test.ts', `describe.skipIf(!there)('a', () => {})`],
  ['a URL with such a path', forbiddenWords, 'docs/a.md', 'https://example.com/home/page'],
  ['an index of a new table', heldWriters, migration, `CREATE TABLE "User" ();\n${index}`],
  ['an index that keeps nobody waiting', heldWriters, migration, index.replace('INDEX', 'INDEX CONCURRENTLY')],
  ['a function with a promise', undocumented, core, '/** Answers one. */\nexport function a() {}'],
]

test.each(allowed)('is left alone: %s', (_what, rule, path, text) => {
  expect(rule(parse(new Map([[path, text]])))).toEqual([])
})

test('a README that is too long for a door is found', () => {
  const texts = new Map([
    ['config/a.ts', ''],
    ['config/README.md', 'line\n'.repeat(16)],
  ])
  expect(rooms(parse(texts))).toEqual([{ at: 'config/README.md has 16 lines', why: expect.any(String) }])
})

test('medians and comments are counted over products alone', () => {
  const long = `// one\n/** two */\nfunction a() {${body(29)}\n}`
  const sources = parse(
    new Map([
      ['config/a.ts', long],
      ['test/b.ts', 'call()\n'.repeat(200)],
    ]),
  )
  expect(medians(sources)).toEqual({ file: 33, function: 31 })
  expect(commentShare(sources)).toBeCloseTo(2 / 33)
})
