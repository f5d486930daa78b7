import { posix } from 'node:path'
import { isFunctionDeclaration, SyntaxKind } from 'typescript/unstable/ast'
import { everyNode, isProduct, lineOf, type Source, type Violation } from './source.ts'

const longestReadme = 15

/** Folders that are a part of the room above them. */
const alcove = /\/(assets|sqlite|postgresql)$/

/** Rooms (folders with programs in them) without a README, or with one that is too long to be read at the door. */
export function rooms(sources: readonly Source[]): readonly Violation[] {
  const folders = new Set(
    sources
      .filter(isProduct)
      .map(({ path }) => posix.dirname(path))
      .filter((folder) => !alcove.test(folder)),
  )
  const why = `a room says in at most ${longestReadme} lines what it owns, what to read first and what it must never do`
  return [...folders].flatMap((folder) => {
    const readme = sources.find(({ path }) => path === `${folder}/README.md`)
    if (!readme) return [{ at: `${folder} has no README.md`, why }]
    const lines = readme.text.trimEnd().split('\n').length
    return lines > longestReadme ? [{ at: `${folder}/README.md has ${lines} lines`, why }] : []
  })
}

/** Exported functions that promise nothing. */
export function undocumented(sources: readonly Source[]): readonly Violation[] {
  return sources.filter(isProduct).flatMap((source) => {
    const found: Violation[] = []
    everyNode(source, (node) => {
      if (!isFunctionDeclaration(node) || !node.modifiers?.some(({ kind }) => kind === SyntaxKind.ExportKeyword)) return
      const before = source.text.slice(node.getFullStart(), node.getStart(source.tree))
      if (!before.includes('/**'))
        found.push({ at: `${source.path}:${lineOf(source, node)}`, why: 'an exported function says what it promises' })
    })
    return found
  })
}
