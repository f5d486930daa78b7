import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Lab } from './lab.ts'
import { thisCheckout } from './machine.ts'

/** A release after this one, in a scratch checkout. */
export type NextVersion = {
  readonly root: string
  /** The column that its migration adds to two tables, and that its every read of them asks for. */
  readonly column: string
}

/** What the product consists of; its packages are linked. */
const parts = ['apps', 'config', 'prisma', 'package.json']

/** The models that the next version knows more of: what is written at each sign-in, and what is read at each request. */
const models = ['FamilyFact', 'Client']

/**
 * Makes the next version of this checkout: a migration that only adds, for both databases, clients of Prisma that know
 * what it adds, and a version of its own. Nothing of this checkout is touched.
 */
export async function makeNextVersion(lab: Lab, number: number): Promise<NextVersion> {
  const root = lab.newFolder('next-version')
  for (const part of parts) cpSync(join(thisCheckout, part), join(root, part), { recursive: true })
  symlinkSync(join(thisCheckout, 'node_modules'), join(root, 'node_modules'))
  const column = `labNote${number}`
  const path = join(root, 'prisma/models.prisma')
  const opening = new RegExp(`^model (${models.join('|')}) \\{$`, 'gm')
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replaceAll(opening, (line) => `${line}\n  ${column} String?`),
  )
  const sql = models.map((model) => `ALTER TABLE "${model}" ADD COLUMN "${column}" TEXT;\n`).join('\n')
  for (const provider of ['sqlite', 'postgresql']) {
    // After every migration there is: they apply in the order of their names.
    const folder = join(root, 'prisma', provider, 'migrations', `99990101000000_lab_note_${number}`)
    mkdirSync(folder)
    writeFileSync(join(folder, 'migration.sql'), sql)
  }
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(root, 'package.json'), JSON.stringify({ ...manifest, version: `99.${number}.0` }))
  await promisify(execFile)(process.execPath, [join(root, 'prisma/generate.mjs')], { cwd: root })
  return { root, column }
}
