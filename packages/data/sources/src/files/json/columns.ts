import { fileErrors } from '../../errors.ts'

/** A name that objects of the file have. */
export interface KnownColumn {
  /** As the file has it. */
  readonly name: string
  /** Between the quotes, as it was written where it was seen first. */
  readonly spelling: Uint8Array
  /** What stands before its value in the records that are written: `,"12":`. */
  readonly before: Uint8Array
  /** Records that have it, and those in which it is null. */
  present: number
  nulls: number
}

/** The names that were seen, in the order in which they came. */
export interface KnownColumns {
  readonly list: KnownColumn[]
  readonly byName: Map<string, number>
}

export const knownColumns = (): KnownColumns => ({ list: [], byName: new Map() })

/** Names that are values (a day, an id) make a column of each: past that it is not a table. */
const most = 4096

/** The number of the column with this name, which is new where it was not seen. @throws `file.limit` */
export function columnNamed({ list, byName }: KnownColumns, name: string, spelling: Uint8Array): number {
  const known = byName.get(name)
  if (known !== undefined) return known
  if (list.length === most) {
    throw fileErrors.limit(`Its objects have more than ${most} different names, the last of them "${name.slice(0, 100)}".`, {
      next: 'Where names are values (days, ids), write them as values: {"day": "...", "amount": ...}.',
    })
  }
  const number = list.length
  list.push({ name, spelling: Uint8Array.from(spelling), before: new TextEncoder().encode(`,"${number}":`), present: 0, nulls: 0 })
  byName.set(name, number)
  return number
}
