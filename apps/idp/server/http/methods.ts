import type { FastifyInstance } from 'fastify'

/** Answers 405 with `Allow` where the path is known and the method is not (RFC 9110 §15.5.6), and 404 elsewhere. */
export function refuseOtherMethods(app: FastifyInstance): (path: string) => readonly string[] | undefined {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    methodsOf.set(url, methods)
  })
  return (path) => {
    const methods = methodsOf.get(path) ?? methodsOf.get(patternOf(path, methodsOf.keys()) ?? '')
    return methods && [...methods].toSorted()
  }
}

/** The route with parameters (`/register/:id`) that a path is one of. */
function patternOf(path: string, routes: Iterable<string>): string | undefined {
  const parts = path.split('/')
  const fits = (route: string): boolean => {
    const names = route.split('/')
    const isOne = (name: string, at: number) => name === parts[at] || (name.startsWith(':') && parts[at] !== '')
    return route.includes('/:') && names.length === parts.length && names.every(isOne)
  }
  return [...routes].find(fits)
}
