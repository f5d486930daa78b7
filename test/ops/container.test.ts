import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { settings } from '#config/schema.ts'

const dockerfile = readFileSync('Dockerfile', 'utf8').replace(/\\\n\s*/g, '')
const lines = dockerfile.split('\n')
const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true })

/** The last instruction of a kind: the one that is in force. */
function instruction(name: string): string {
  return lines.findLast((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? ''
}

test('every file that the image takes from the checkout is there and not held back', () => {
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n')
  const copied = lines.filter((line) => /^COPY (?!--)/.test(line)).flatMap((line) => line.split(' ').slice(1, -1))
  expect(copied.length).toBeGreaterThan(5)
  for (const path of copied) {
    expect(existsSync(path), path).toBe(true)
    expect(ignored, path).toContain(`!${path}`)
  }
  expect(ignored).toContain('*')
})

test('the image runs without root, without a shell, on the Node that the package is pinned to', () => {
  expect(instruction('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  expect(JSON.parse(instruction('CMD'))).toEqual(['node', 'apps/cli/bin.mjs', 'serve'])
  const major = JSON.parse(readFileSync('package.json', 'utf8')).devDependencies.node.split('.')[0]
  expect(
    lines.filter((line) => line.startsWith('FROM ')).every((line) => line.startsWith(`FROM node:${major}-slim`)),
  ).toBe(true)
})

test('every variable that image and compose file set is a setting', () => {
  const known = Object.values(settings).flatMap(({ environment, secret }) =>
    secret ? [environment, `${environment}_FILE`] : [environment],
  )
  const image = [...instruction('ENV').matchAll(/(\w+)=/g)].map(([, name]) => name)
  const composed = Object.keys(compose.services.signet.environment)
  expect(composed.length).toBeGreaterThan(4)
  for (const name of [...image, ...composed].filter((name) => name !== 'NODE_ENV')) expect(known).toContain(name)
})

test('the compose file holds no secret, publishes nothing but Signet, and keeps Redis durable', () => {
  const services: { ports?: string[]; environment?: object }[] = Object.values(compose.services)
  expect(services.flatMap(({ ports }) => ports ?? [])).toEqual(['127.0.0.1:3000:3000', '127.0.0.1:3001:3000'])
  expect(compose.services.signet).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  const secretive = services
    .flatMap(({ environment }) => Object.keys(environment ?? {}))
    .filter((name) => /SECRET|PASSWORD|_URL/.test(name))
  expect(secretive.every((name) => name.endsWith('_FILE'))).toBe(true)
  for (const line of [
    'appendonly yes',
    'appendfsync always',
    'no-appendfsync-on-rewrite no',
    'maxmemory-policy noeviction',
  ])
    expect(compose.configs.redis.content).toContain(line)
})
