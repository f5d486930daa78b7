import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/**
 * @typedef {object} Program what some suites need
 * @property {string} name
 * @property {string | undefined} found its version and where it is from; undefined where it is not there
 * @property {string} why what to do where it is not there
 * @property {string[]} packages the Debian packages that bring it
 */

/** Looks for everything that suites need beside Node. @returns {Promise<Program[]>} */
export async function findPrograms(node) {
  const look = async (name, packages, find, setting) => ({
    name,
    packages,
    found: await find().catch(() => undefined),
    why: `apt-get install ${packages.join(' ')}${setting ? `, or set ${setting}` : ''}`,
  })
  return Promise.all([
    look('Redis', ['redis-server'], () => findRedis(node), 'SIGNET_TEST_REDIS_URL'),
    look('PostgreSQL', ['postgresql'], () => findPostgres(node), 'SIGNET_TEST_DATABASE_URL'),
    look('PgBouncer', ['pgbouncer'], () => ask('pgbouncer', ['--version'])),
    look('Chromium', ['chromium', 'fonts-liberation'], findChromium, 'SIGNET_TEST_CHROMIUM'),
    look('Its headless shell', ['chromium-headless-shell'], () => ask('chromium-headless-shell', ['--version'])),
    look('promtool', ['prometheus'], () => ask('promtool', ['--version'])),
    look('nginx', ['nginx-light'], () => ask('nginx', ['-v'])),
    look('openssl', ['openssl'], () => ask('openssl', ['version'])),
    look('Apache', ['apache2', 'libapache2-mod-auth-openidc'], findApache),
    look('oidc-agent', ['oidc-agent-cli'], () => ask('oidc-agent', ['--version'])),
    look('PyJWT', ['python3-jwt', 'python3-cryptography'], () => findPython('jwt')),
    look('Authlib', ['python3-authlib', 'python3-requests'], () => findPython('authlib')),
    look('Flask', ['python3-flask'], () => findPython('flask')),
    look('Django', ['python3-django'], () => findPython('django')),
  ])
}

/** Installs what is missing where this is root on Debian; elsewhere the closing list says what to do. */
export async function installMissing(programs, { run, say }) {
  const missing = programs.filter((program) => program.found === undefined)
  if (missing.length === 0 || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const packages = missing.flatMap((program) => program.packages)
  say(`Installing what suites need: ${packages.join(' ')}`)
  process.env.DEBIAN_FRONTEND = 'noninteractive'
  await withServersOff(async () => {
    await run('apt-get', ['update', '-q'])
    // One by one: what this Debian does not have must not keep the rest away.
    for (const program of missing) {
      await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...program.packages])
    }
  })
}

/** Debian's packages start their servers as they are installed, unless this file says no (101). */
async function withServersOff(work) {
  const policy = '/usr/sbin/policy-rc.d'
  if (existsSync(policy)) return work()
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await work()
  } finally {
    rmSync(policy)
  }
}

const execute = promisify(execFile)

/** The first line that a program says, and where the program is. Rejects where there is none. */
async function ask(program, args) {
  const path = findInPath(program)
  if (!path) throw new Error(`no ${program}`)
  const { stdout, stderr } = await execute(path, args)
  return `${(stdout || stderr).split('\n')[0].trim()} (${path})`
}

function findInPath(program) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.map((folder) => join(folder, program)).find(canRun)
}

function canRun(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What a server says of itself; its URL, which may hold a password, goes by the environment and is never printed. */
async function askServer(node, program) {
  const { stdout } = await execute(node, ['--input-type=module', '-e', program], { timeout: 10_000 })
  return stdout.trim()
}

async function findRedis(node) {
  if (!process.env.SIGNET_TEST_REDIS_URL) {
    const said = await ask('redis-server', ['--version'])
    return said.replace(/^.*v=(\S+) .*(\(.*\))$/, '$1 $2, private servers')
  }
  return askServer(
    node,
    `
    import { Redis } from 'ioredis'
    const redis = new Redis(process.env.SIGNET_TEST_REDIS_URL, { maxRetriesPerRequest: 1, retryStrategy: null })
    const version = /redis_version:(\\S+)/.exec(await redis.info('server'))[1]
    console.log(version + ' (SIGNET_TEST_REDIS_URL)')
    redis.disconnect()`,
  )
}

async function findPostgres(node) {
  if (!process.env.SIGNET_TEST_DATABASE_URL) {
    const folder = '/usr/lib/postgresql'
    const versions = readdirSync(folder)
      .map(Number)
      .sort((one, other) => other - one)
    const version = versions.find((one) => canRun(join(folder, `${one}`, 'bin/initdb')))
    const { stdout } = await execute(join(folder, `${version}`, 'bin/postgres'), ['--version'])
    return `${stdout.trim().replace('postgres (PostgreSQL) ', '')} (${folder}/${version}), private servers`
  }
  return askServer(
    node,
    `
    import pg from 'pg'
    const client = new pg.Client({ connectionString: process.env.SIGNET_TEST_DATABASE_URL })
    await client.connect()
    console.log((await client.query('SHOW server_version')).rows[0].server_version + ' (SIGNET_TEST_DATABASE_URL)')
    await client.end()`,
  )
}

async function findChromium() {
  const chosen = process.env.SIGNET_TEST_CHROMIUM
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const path = chosen ?? names.map(findInPath).find((one) => one !== undefined)
  if (!path) return undefined
  const { stdout } = await execute(path, ['--version'])
  return `${stdout.trim()} (${path})`
}

/** Only with the module that makes it a relying party. */
async function findApache() {
  if (!existsSync('/usr/lib/apache2/modules/mod_auth_openidc.so')) return undefined
  return ask('apache2', ['-v'])
}

async function findPython(module) {
  const { stdout } = await execute('/usr/bin/python3', ['-c', `import ${module}; print(${module}.__version__)`])
  return `${stdout.trim()} (/usr/bin/python3)`
}
