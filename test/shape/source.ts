import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Node, SourceFile } from 'typescript/unstable/ast'
import { createVirtualFileSystem } from 'typescript/unstable/fs'
import { API } from 'typescript/unstable/sync'

/** A file of the repository; `tree` where it is a program. */
export type Source = { readonly path: string; readonly text: string; readonly tree: SourceFile | undefined }

/** A rule that was broken: where, and why the rule is there. */
export type Violation = { readonly at: string; readonly why: string }

const notOurs = /^(node_modules|generated|data|coverage|\.git)$/
const binary = /\.(png|jpg|ico|woff2|log|db|db-\w+)$/
const program = /\.(ts|mjs|js)$/

/** Every text file of the checkout, the programs among them parsed. What git ignores stays out. */
export function readSources(root: string): readonly Source[] {
  const paths = filesUnder(root).filter((path) => !path.startsWith('keys/') || path === 'keys/README.md')
  return parse(new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])))
}

function filesUnder(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder + entry.name
    if (notOurs.test(entry.name) || binary.test(entry.name)) return []
    return entry.isDirectory() ? filesUnder(root, `${path}/`) : [path]
  })
}

/** Sources from texts: the real ones, or ones planted to see that a rule finds them. */
export function parse(texts: ReadonlyMap<string, string>): readonly Source[] {
  const programs = [...texts.keys()].filter((path) => program.test(path))
  const config = { compilerOptions: { allowJs: true, noLib: true, noResolve: true, types: [] }, files: programs }
  const files = Object.fromEntries([...texts].map(([path, text]) => [`/shape/${path}`, text]))
  const fs = createVirtualFileSystem({ ...files, '/shape/tsconfig.json': JSON.stringify(config) })

  const api = new API({ cwd: '/shape', fs })
  try {
    const [project] = api.updateSnapshot({ openProjects: ['/shape/tsconfig.json'] }).getProjects()
    const tree = (path: string) => (program.test(path) ? project?.program.getSourceFile(`/shape/${path}`) : undefined)
    return [...texts].map(([path, text]) => ({ path, text, tree: tree(path) }))
  } finally {
    api.close()
  }
}

/** Calls `visit` with every node of a source. */
export function everyNode(source: Source, visit: (node: Node) => void): void {
  const descend = (node: Node): void => {
    visit(node)
    node.forEachChild(descend)
  }
  if (source.tree) descend(source.tree)
}

/** The 1-based line on which a node begins, its comments not included. */
export function lineOf(source: Source, node: Node): number {
  return source.text.slice(0, node.getStart(source.tree)).split('\n').length
}

/** The 1-based line on which a node ends. */
export function endLineOf(source: Source, node: Node): number {
  return source.text.slice(0, node.getEnd()).split('\n').length
}

/** Programs that run in production: limits of size and comments are theirs. */
export function isProduct({ path, tree }: Source): boolean {
  return tree !== undefined && /^(apps|config|prisma)\//.test(path)
}
