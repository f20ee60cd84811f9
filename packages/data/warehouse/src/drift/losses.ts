import type { TableShape } from '../ddl/shape.ts'
import { keepsValues, narrowedText } from './keeps-values.ts'
import { leftOutText } from './values-listed.ts'

/**
 * What a table loses of the rows that are there when it becomes what its dataset says, a sentence each.
 * @param live behind the rename that was taken
 */
export function lossesOf(wanted: TableShape, live: TableShape): readonly string[] {
  const values = Object.entries(live.named).flatMap(([text, { name }]) => {
    const next = wanted.objects.find((each) => wanted.named[each]?.name === name)
    return name === null || next === undefined ? [] : leftOutText(`constraint ${name} on ${wanted.name}`, text, next)
  })
  const columns = live.columns.flatMap((column) => {
    const name = `column ${wanted.name}.${column.name}`
    const next = wanted.columns.find((each) => each.name === column.name)
    // What is computed is computed again.
    if (column.generated !== null && (next === undefined || next.generated !== null)) return []
    if (next === undefined || next.generated !== null) return [`${name} goes with its values`]
    return column.generated !== null || keepsValues(column.type, next.type) ? [] : [narrowedText(name, column.type, next.type)]
  })
  return [...columns, ...values]
}
