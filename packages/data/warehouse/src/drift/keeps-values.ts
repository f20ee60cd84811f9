const whole = ['smallint', 'integer', 'bigint', 'numeric']

/** Whether each value of the one type is the same one in the other. */
export function keepsValues(from: string, to: string): boolean {
  if (to === 'text') return true
  const [a, b] = [typeAndBounds(from), typeAndBounds(to)]
  if (a.name === b.name && b.bounds.length === 0) return true
  if (a.name === 'character varying' && a.name === b.name) return (a.bounds[0] ?? Number.POSITIVE_INFINITY) <= (b.bounds[0] ?? 0)
  if (a.name === 'numeric' && a.name === b.name && a.bounds.length > 0) {
    const [[p = 0, s = 0], [q = 0, t = 0]] = [a.bounds, b.bounds]
    return p - s <= q - t && s <= t
  }
  if (a.name === 'date') return b.name === 'timestamp without time zone'
  if (a.name === 'real') return b.name === 'double precision'
  const [at, into] = [whole.indexOf(a.name), whole.indexOf(b.name)]
  if (at < 0 || into < at || a.name === 'numeric') return false
  const digits = [5, 10, 19][at] ?? 0
  return b.name !== 'numeric' || b.bounds.length === 0 || (b.bounds[0] ?? 0) - (b.bounds[1] ?? 0) >= digits
}

function typeAndBounds(type: string): { readonly name: string; readonly bounds: readonly number[] } {
  const [, name = type, bounds] = /^(.*?)\((\d+(?:,\d+)?)\)$/.exec(type) ?? []
  return { name, bounds: bounds?.split(',').map(Number) ?? [] }
}

export const narrowedText = (column: string, from: string, to: string): string =>
  `${column} becomes ${to}: a value of ${from} may be cut, rounded or refused`
