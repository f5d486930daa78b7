import {
  isArrowFunction,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isGetAccessorDeclaration,
  isMethodDeclaration,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { endLineOf, everyNode, isProduct, lineOf, type Source, type Violation } from './source.ts'

/** A function and the lines that are its own: those of functions declared in it are measured with them. */
type Measured = { readonly at: string; readonly lines: number; readonly parameters: number; readonly excused: boolean }

/** The words by which a table or a union says why it is longer than the limit. */
const excuse = /Long because /

export const limits = {
  file: 250,
  fileMedian: 80,
  function: 50,
  functionMedian: 10,
  parameters: 4,
  comments: [0.1, 0.17],
} as const

/** Files longer than a person reads in one go. */
export function longFiles(sources: readonly Source[]): readonly Violation[] {
  const long = sources.filter(({ tree, text }) => tree && linesOf(text) > limits.file && !excuse.test(text))
  return long.map(({ path, text }) => ({
    at: `${path} has ${linesOf(text)} lines`,
    why: `at most ${limits.file}: one file must not eat the design; split it by what it promises`,
  }))
}

/** Functions longer than a screen, or with more parameters than a reader keeps apart. */
export function longFunctions(sources: readonly Source[]): readonly Violation[] {
  return functionsOf(sources).flatMap(({ at, lines, parameters, excused }) => [
    ...(lines > limits.function && !excused
      ? [
          {
            at: `${at} has ${lines} lines`,
            why: `at most ${limits.function}: name the steps, or say "Long because …" of a table`,
          },
        ]
      : []),
    ...(parameters > limits.parameters
      ? [{ at: `${at} has ${parameters} parameters`, why: `at most ${limits.parameters}, then a named object` }]
      : []),
  ])
}

/** The middle length of files, and of functions that have a name. */
export function medians(sources: readonly Source[]): { readonly file: number; readonly function: number } {
  const files = sources.filter(isProduct).map(({ text }) => linesOf(text))
  return { file: median(files), function: median(functionsOf(sources).map(({ lines }) => lines)) }
}

/** How much of the programs' lines that are not blank is comment. */
export function commentShare(sources: readonly Source[]): number {
  const lines = sources.filter(isProduct).flatMap(({ text }) => text.split('\n').map((line) => line.trim()))
  const written = lines.filter((line) => line !== '')
  return written.filter((line) => /^(\/\/|\/\*|\*)/.test(line)).length / written.length
}

function functionsOf(sources: readonly Source[]): readonly Measured[] {
  return sources.filter(isProduct).flatMap((source) => {
    const found: Measured[] = []
    everyNode(source, (node) => {
      if (isNamedFunction(node)) found.push(measured(source, node))
    })
    return found
  })
}

function measured(source: Source, node: Node): Measured {
  const start = lineOf(source, node)
  const inner = declaredIn(node).map((one) => endLineOf(source, one) - lineOf(source, one))
  const whole = endLineOf(source, node) - start + 1
  const leading = source.text.slice(node.getFullStart(), node.getEnd())
  return {
    at: `${source.path}:${start}`,
    lines: whole - inner.reduce((sum, lines) => sum + lines, 0),
    parameters: 'parameters' in node && Array.isArray(node.parameters) ? node.parameters.length : 0,
    excused: excuse.test(leading),
  }
}

/** The outermost functions with a name of their own inside a function. */
function declaredIn(node: Node): readonly Node[] {
  const found: Node[] = []
  const descend = (child: Node): void => {
    if (isNamedFunction(child)) found.push(child)
    else child.forEachChild(descend)
  }
  node.forEachChild(descend)
  return found
}

/** Declarations, methods, and arrows that a name is bound to; a callback belongs to whoever passes it. */
function isNamedFunction(node: Node): boolean {
  if (
    isFunctionDeclaration(node) ||
    isMethodDeclaration(node) ||
    isConstructorDeclaration(node) ||
    isGetAccessorDeclaration(node)
  )
    return true
  const isBound =
    node.parent?.kind === SyntaxKind.VariableDeclaration || node.parent?.kind === SyntaxKind.PropertyAssignment
  return isBound && (isArrowFunction(node) || isFunctionExpression(node))
}

function linesOf(text: string): number {
  return text.trimEnd().split('\n').length
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
