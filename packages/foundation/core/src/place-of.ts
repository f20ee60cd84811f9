/**
 * Where a project's own code stands in a stack: `shop/pipelines/sales.ts:18:24`. Versions run from `versions/<hash>/<folder>`, so a frame
 * of the platform or of a package is never taken for it.
 */
export function placeOf(stack: string | undefined): string | undefined {
  for (const line of (stack ?? '').split('\n')) {
    const found = /\/versions\/[^/]+\/((?!node_modules\/)\S+:\d+:\d+)\)?$/.exec(line)?.[1]
    if (found !== undefined) return readable(found)
  }
  return undefined
}

/** A module's address has its blanks as `%20`. */
function readable(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    return address
  }
}
