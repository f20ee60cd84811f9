import type { Route } from './reply.ts'

export type Found =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'method_not_allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'not_found' }

/** The route of a method and a path; HEAD is served by GET. The first route that matches wins. */
export function findRoute(routes: readonly Route[], method: string, path: string): Found {
  const wanted = method === 'HEAD' ? 'GET' : method
  const allow: string[] = []
  for (const route of routes) {
    const params = matchPath(route.path, path)
    if (params === undefined) continue
    if (route.method === wanted) return { kind: 'route', route, params }
    allow.push(...(route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]))
  }
  return allow.length > 0 ? { kind: 'method_not_allowed', allow: [...new Set(allow)] } : { kind: 'not_found' }
}

/** A last part `*` takes the rest of the path. */
function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/')
  const actual = path.split('/')
  const open = expected.at(-1) === '*'
  if (open ? actual.length < expected.length : actual.length !== expected.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of expected.entries()) {
    if (open && index === expected.length - 1) break
    const given = decoded(actual[index] ?? '')
    if (given === undefined) return undefined
    if (!part.startsWith(':')) {
      if (given !== part) return undefined
    } else if (given === '') return undefined
    else params[part.slice(1)] = given
  }
  return params
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
