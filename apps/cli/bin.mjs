#!/usr/bin/env node
// The command `signet`. Plain JavaScript, so that any Node can read it: an older one hands over to the Node that the
// npm package `node` brings.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const oldest = [24, 12]
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) {
  // Halves what a start costs. Where nothing may be written, nothing is kept.
  nodeModule.enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/signet', import.meta.url)))
  const { main } = await import('./main.ts')
  await main(process.argv)
} else handOver(findNode())

/** The binary of the npm package `node`, from this checkout or from where Signet is installed. */
function findNode() {
  try {
    const manifest = nodeModule.createRequire(import.meta.url).resolve('node/package.json')
    const binary = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

/** Becomes the other Node, as far as one process can: same arguments, same streams, signals and exit code. */
function handOver(node) {
  if (!node) {
    console.error(`Signet needs Node ${oldest.join('.')} or newer; this is ${process.versions.node}.`)
    console.error('Run `npm ci` in the folder of Signet, which brings one, or install a newer Node.')
    process.exit(1)
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`The newer Node could not be started: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code))
}
