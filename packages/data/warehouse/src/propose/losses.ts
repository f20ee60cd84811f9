import type { Action } from '@supabase/pg-delta'
import type { FactDelta } from './asked.ts'
import { shownId, tableOf } from './shown-id.ts'
import { type Sizes, sizeText } from './sizes.ts'

/** What the statements take from the rows that are there, a sentence each. */
export function lossesOf(steps: readonly Action[], changes: readonly FactDelta[], sizes: Sizes): readonly string[] {
  const dropped = steps.flatMap(({ dataLoss, destroys, sql }) => {
    if (dataLoss === 'none') return []
    const held = destroys.filter(({ kind }) => kind === 'column' || kind === 'table' || kind === 'sequence' || kind === 'materializedView')
    const [first] = held.filter(({ kind }) => kind !== 'column').concat(held)
    if (first === undefined) return [`${sql.split('\n')[0]}: rows that use what goes are lost or refused`]
    const size = sizeText(sizes, tableOf(first))
    return [`${shownId(first)} goes with ${first.kind === 'column' ? 'its values' : 'all that is in it'}${size === '' ? '' : ` (${size})`}`]
  })
  const narrowed = changes.flatMap((delta) =>
    delta.verb === 'set' && delta.id.kind === 'column' && delta.attr === 'type' && !keepsValues(String(delta.from), String(delta.to))
      ? [`${shownId(delta.id)} becomes ${delta.to}: a value of ${delta.from} may be cut, rounded or refused`]
      : [],
  )
  return [...new Set([...dropped, ...narrowed])]
}

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
