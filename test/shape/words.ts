import { isIdentifier, type Node, SyntaxKind } from 'typescript/unstable/ast'
import { everyNode, lineOf, type Source, type Violation } from './source.ts'

/** A spelling that is not allowed in some files, and why. */
type ForbiddenText = { readonly text: RegExp; readonly where: RegExp; readonly except?: RegExp; readonly why: string }

const anyProgram = /\.(ts|mjs|js)$/
const core = /^apps\/idp\/core\//

/** What must not be written. The rules' own folder quotes them and is left out. */
const forbiddenTexts: readonly ForbiddenText[] = [
  { text: /\bas unknown as\b/, where: anyProgram, why: 'a cast through unknown is any by another name' },
  {
    text: /\bexport default\b/,
    where: anyProgram,
    except: /(^vitest\.config|^prisma\/\w+\/config)\.ts$/,
    why: 'what is exported has a name',
  },
  {
    text: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
    where: core,
    except: /^apps\/idp\/core\/clock\.ts$/,
    why: 'time comes in as a value, or by the Clock',
  },
  {
    text: /\bMath\.random\(/,
    where: /^apps\/idp\/(core|server|pages)\//,
    why: 'chance that can be guessed: core/oauth/random.ts has the other kind',
  },
  {
    text: /\bprocess\.env\b/,
    where: /^apps\/idp\//,
    why: 'settings come in as Config: validated, documented, and from one place',
  },
  { text: /\bconsole\.\w+\(/, where: /^apps\/idp\//, why: 'the log is JSON, redacted, and has request ids' },
  { text: /@ts-(ignore|nocheck)/, where: anyProgram, why: 'a type that is silenced is a type that lies' },
  {
    text: /\b(TODO|FIXME|XXX|HACK)\b/,
    where: /./,
    except: /^(package-lock\.json|LICENSE)$/,
    why: 'what is not done is not promised in the code',
  },
  { text: /\.(only|skip|todo)\(/, where: /\.test\.ts$/, why: 'a test that does not run is not a test' },
  { text: /(^|[^\w.])\/(work|root|home|Users)\/\w/m, where: /./, why: 'a path of one machine is wrong on every other' },
  {
    text: /\/tmp\/\w/,
    where: /./,
    why: 'a path of one machine is wrong on every other; os.tmpdir() knows the right one',
  },
]

const vagueName = /^(utils?|helpers?|common|misc)$/i
const vagueEnding = /(Manager|Service|Impl|Helper|Utils?)s?$/
const hungarian = /^I[A-Z][a-z]/

/** Names that say nothing, in paths and in what is declared. */
export function vagueNames(sources: readonly Source[]): readonly Violation[] {
  const why = 'a name says what a thing is; utils, helpers, common, Manager, Service, Impl and I… do not'
  return sources.flatMap((source) => {
    const segments = source.path.replace(/\.\w+$/, '').split('/')
    const inPath = segments.some((part) => part.split(/[-.]/).some((word) => vagueName.test(word)))
      ? [{ at: source.path, why }]
      : []
    const declared: Violation[] = []
    everyNode(source, (node) => {
      const name = declaredName(node)
      if (name && (vagueEnding.test(name) || vagueName.test(name) || (isType(node) && hungarian.test(name))))
        declared.push({ at: `${source.path}:${lineOf(source, node)} ${name}`, why })
    })
    return [...inPath, ...declared]
  })
}

/** Spellings that must not be written. */
export function forbiddenWords(sources: readonly Source[]): readonly Violation[] {
  const judged = sources.filter(({ path }) => !path.startsWith('test/shape/'))
  return judged.flatMap(({ path, text }) =>
    forbiddenTexts
      .filter((rule) => rule.where.test(path) && !rule.except?.test(path) && rule.text.test(text))
      .map(({ text: spelling, why }) => ({ at: `${path} has ${spelling.exec(text)?.[0].trim()}`, why })),
  )
}

/** The type `any`, wherever it is written. */
export function anyTypes(sources: readonly Source[]): readonly Violation[] {
  return sources.flatMap((source) => {
    const found: Violation[] = []
    everyNode(source, (node) => {
      if (node.kind === SyntaxKind.AnyKeyword)
        found.push({
          at: `${source.path}:${lineOf(source, node)}`,
          why: 'any turns the checker off for whoever touches it',
        })
    })
    return found
  })
}

/** Files whose name is not kebab-case. */
export function oddFileNames(sources: readonly Source[]): readonly Violation[] {
  const odd = sources.filter(
    ({ path, tree }) =>
      tree && !/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config|\.d)?\.(ts|mjs|js)$/.test(path.split('/').at(-1) ?? ''),
  )
  return odd.map(({ path }) => ({ at: path, why: 'files are kebab-case, named for the one thing they export' }))
}

function isType(node: Node): boolean {
  return (
    node.kind === SyntaxKind.InterfaceDeclaration ||
    node.kind === SyntaxKind.TypeAliasDeclaration ||
    node.kind === SyntaxKind.ClassDeclaration
  )
}

function declaredName(node: Node): string | undefined {
  const declares =
    isType(node) || node.kind === SyntaxKind.FunctionDeclaration || node.kind === SyntaxKind.VariableDeclaration
  if (!declares || !('name' in node)) return undefined
  const name = node.name as Node | undefined
  return name && isIdentifier(name) ? name.text : undefined
}
