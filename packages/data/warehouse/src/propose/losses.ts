import type { Action } from '@supabase/pg-delta'
import { keepsValues, narrowedText } from '../drift/keeps-values.ts'
import { leftOutText } from '../drift/values-listed.ts'
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
      ? [narrowedText(shownId(delta.id), String(delta.from), String(delta.to))]
      : [],
  )
  return [...new Set([...dropped, ...narrowed, ...leftOut(changes)])]
}

/** Of a list that differs, or whose constraint goes and comes. */
function leftOut(changes: readonly FactDelta[]): readonly string[] {
  const [before, after] = [new Map<string, string>(), new Map<string, string>()]
  for (const delta of changes) {
    const { kind } = delta.verb === 'set' ? delta.id : delta.fact.id
    if (kind !== 'constraint') continue
    if (delta.verb === 'set') {
      if (delta.attr !== 'def') continue
      before.set(shownId(delta.id), String(delta.from))
      after.set(shownId(delta.id), String(delta.to))
    } else (delta.verb === 'remove' ? before : after).set(shownId(delta.fact.id), String(delta.fact.payload.def))
  }
  return [...before].flatMap(([name, def]) => leftOutText(name, def, after.get(name) ?? ''))
}
