import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { isCallExpression, isImportTypeNode, isStringLiteral, SyntaxKind } from 'typescript/unstable/ast'
import { everyNode, type Source, type Violation } from './source.ts'

/** Where an import leads: a file of ours, or a package. */
type Import = { readonly specifier: string; readonly file: string | undefined }

const aliases: readonly (readonly [string, string])[] = [
  ['#core/', 'apps/idp/core/'],
  ['#stores/', 'apps/idp/stores/'],
  ['#server/', 'apps/idp/server/'],
  ['#pages/', 'apps/idp/pages/'],
  ['#idp/', 'apps/idp/'],
  ['#cli/', 'apps/cli/'],
  ['#config/', 'config/'],
  ['#prisma/', 'prisma/'],
  ['#test/', 'test/'],
  ['#bench/', 'bench/'],
]

/** The rooms, the first that matches: who a file is, and whom it may know. The table of the architecture. */
const rooms: readonly { readonly room: RegExp; readonly may: RegExp; readonly why: string }[] = [
  {
    room: /^apps\/idp\/core\//,
    may: /^apps\/idp\/core\//,
    why: 'the core knows nobody: no HTTP, no SQL, no configuration',
  },
  {
    room: /^apps\/idp\/pages\//,
    may: /^apps\/idp\/pages\//,
    why: 'pages are functions of their props and know nobody',
  },
  {
    room: /^apps\/idp\/stores\//,
    may: /^(apps\/idp\/(core|stores)|config|prisma)\//,
    why: 'stores implement the contracts of the core and know nobody who uses them',
  },
  {
    room: /^apps\/idp\/server\//,
    may: /^(apps\/idp\/(core|stores|pages|server)|config)\//,
    why: 'the server is handed its parts; only wire.ts and the command know how they are made',
  },
  {
    room: /^apps\/idp\/outbound\//,
    may: /^apps\/idp\/(core|outbound)\//,
    why: 'the way out knows the rules of the core and nobody who sends',
  },
  { room: /^apps\/idp\/[^/]+$/, may: /^(apps\/idp|config)\//, why: 'the provider does not know the command' },
  {
    room: /^apps\/cli\//,
    may: /^(apps\/(cli|idp\/(core|stores)|idp\/[^/]+$)|config|prisma)/,
    why: 'the command works on stores and core, and starts the provider by wire.ts',
  },
  { room: /^apps\/sample-app\//, may: /^apps\/sample-app\//, why: 'a sample uses what a stranger has: npm libraries' },
  { room: /^apps\/sample-api\//, may: /^apps\/sample-api\//, why: 'a sample uses what a stranger has: npm libraries' },
  {
    room: /^config\//,
    may: /^(config|apps\/idp\/core\/(oauth|outbound|keys))\//,
    why: 'settings know no more than the words of the core',
  },
  {
    room: /^prisma\//,
    may: /^(prisma|test\/support)\//,
    why: 'the models know no program; new-migration.ts borrows a database',
  },
]

/** Rooms of the core by height: each may know its own height and what is below. */
const heights: readonly (readonly string[])[] = [
  ['clock.ts', 'oauth', 'outbound'],
  ['clients', 'apis', 'users', 'sessions', 'keys', 'audit'],
  ['tokens'],
  ['authorize', 'grants', 'logout', 'registration'],
  ['discovery'],
]

/** What any room may name: how things end is asked for by those whose end it is, and what claims are asked for by all. */
const knownToAll = /^apps\/idp\/core\/(tokens\/(end|fact-store|revocation-store)|authorize\/claims-request)\.ts$/

/** The packages that the core may use, and the files that may. */
const corePackages: readonly { readonly name: string; readonly files: RegExp }[] = [
  { name: 'jose', files: /^apps\/idp\/core\/(clients|keys|tokens)\// },
  { name: 'argon2', files: /^apps\/idp\/core\/users\/password[a-z-]*\.ts$/ },
]
/** Of Node itself: what computes. `node:net` for reading addresses; opening a socket is not the core's to do. */
const coreBuiltins = /^node:(crypto|util|os|net)$/

/** Who imports whom against the table of the architecture. */
export function forbiddenImports(sources: readonly Source[]): readonly Violation[] {
  return sources.flatMap((source) => {
    const say = ({ specifier }: Import, why: string) => [{ at: `${source.path} imports ${specifier}`, why }]
    return importsOf(source).flatMap((one) => faultsOf(source.path, one).flatMap((why) => say(one, why)))
  })
}

function faultsOf(path: string, { specifier, file }: Import): string[] {
  const room = rooms.find((candidate) => candidate.room.test(path))
  const faults: string[] = []
  if (file !== undefined) {
    if (room && !room.may.test(file)) faults.push(room.why)
    if (!/\.(ts|mjs|json)$/.test(file)) faults.push('imports name the file, with its extension, as Node reads it')
    if (specifier.startsWith('.') && roomName(path) !== roomName(file))
      faults.push('another room is named by its #name, not by dots')
    if (isCore(path) && isCore(file) && !knownToAll.test(file) && height(path) < height(file))
      faults.push('a room of the core does not know the rooms above it')
  } else if (path.startsWith('apps/idp/core/')) {
    const allowed = corePackages.find(({ name }) => name === specifier)
    const fine = isBuiltin(specifier) ? coreBuiltins.test(specifier) : allowed?.files.test(path)
    if (!fine)
      faults.push('the core uses node:crypto, and jose and argon2 in the rooms that need them, and nothing else')
  }
  return faults
}

function importsOf(source: Source): readonly Import[] {
  const found: Import[] = []
  everyNode(source, (node) => {
    const isImport =
      node.parent?.kind === SyntaxKind.ImportDeclaration ||
      node.parent?.kind === SyntaxKind.ExportDeclaration ||
      (node.parent && isCallExpression(node.parent) && node.parent.expression.kind === SyntaxKind.ImportKeyword) ||
      (node.parent?.parent && isImportTypeNode(node.parent.parent))
    if (isImport && isStringLiteral(node)) found.push({ specifier: node.text, file: fileOf(source.path, node.text) })
  })
  return found
}

function fileOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier)
  const alias = aliases.find(([name]) => specifier.startsWith(name))
  return alias && alias[1] + specifier.slice(alias[0].length)
}

function roomName(path: string): string {
  return (
    /^apps\/idp\/(core|stores|server|pages|outbound)\//.exec(path)?.[0] ??
    /^apps\/[^/]+\//.exec(path)?.[0] ??
    path.split('/')[0] ??
    ''
  )
}

function isCore(path: string): boolean {
  return path.startsWith('apps/idp/core/')
}

function height(path: string): number {
  const room = path.split('/')[3] ?? ''
  return heights.findIndex((names) => names.includes(room))
}
