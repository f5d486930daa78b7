// Makes the two Prisma clients (SQLite and PostgreSQL) from the one prisma/models.prisma. Run by `npm install`; plain
// JavaScript, because the Node that runs npm may be too old for anything else.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const here = new URL('.', import.meta.url)
const pinnedNode = fileURLToPath(new URL('../node_modules/.bin/node', here))
const node = existsSync(pinnedNode) ? pinnedNode : process.execPath

/** Prisma takes one schema per provider: what differs (generator, datasource) comes first, then the shared models. */
function compose(provider) {
  const target = new URL(`generated/${provider}/`, here)
  rmSync(new URL('client/', target), { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const parts = [`${provider}/schema.prisma`, 'models.prisma'].map((file) => readFileSync(new URL(file, here), 'utf8'))
  writeFileSync(new URL('schema.prisma', target), parts.join('\n'))
}

/** Resolves when the client is there; rejects with what Prisma said. */
function generate(provider) {
  compose(provider)
  const require = createRequire(import.meta.url)
  const prisma = require.resolve('prisma/build/index.js')
  const config = fileURLToPath(new URL(`${provider}/config.ts`, here))
  // Without a name for the engine's binary Prisma downloads one; generating never runs it.
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
  }
  return new Promise((resolve, reject) => {
    const child = spawn(node, [prisma, 'generate', '--config', config], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = []
    child.stdout.on('data', (chunk) => said.push(chunk))
    child.stderr.on('data', (chunk) => said.push(chunk))
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`prisma generate failed for ${provider}:\n${Buffer.concat(said)}`))
    })
  })
}

await Promise.all(['sqlite', 'postgresql'].map(generate))
