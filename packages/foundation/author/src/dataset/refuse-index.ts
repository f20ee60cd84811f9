import { refused } from '../base/faults.ts'
import {
  aText,
  aTruth,
  optionNames,
  refuseOddOptions,
  refuseOther,
  refuseOtherList,
  refuseOtherValues,
  refuseOtherWords,
} from '../base/shape.ts'
import { indexMethods } from './any-dataset.ts'
import type { IndexOption, IndexOptions } from './indexes.ts'

/** What the types say of an index that has options. @throws `definition.invalid` */
export function refuseOddIndex(where: string, index: IndexOption): void {
  if (typeof index === 'string' || !('on' in index)) return
  const called = `${where}, an index`
  refuseOddOptions(called, index, names)
  const { on, include, using } = index
  if (typeof on === 'string') refuseOther(called, 'on', on, aText)
  else refuseOtherList(called, 'on', on, aText)
  const parts = typeof on === 'string' ? [on] : on
  if (parts.length === 0) throw refused(called, 'it is on no column', "Name one: { on: 'day' }.")
  refuseOtherValues(called, index, { unique: aTruth, concurrently: aTruth, where: aText })
  if (include !== undefined) refuseOtherList(called, 'include', include, aText)
  if (using !== undefined) refuseOtherWords(called, 'using', using, indexMethods)
  if (index.unique === true && using !== undefined && using !== 'btree')
    throw refused(called, `it is unique, and ${using} does not look for equal values`, "Leave using out, or write using: 'btree'.")
  const odd = parts.find((part) => /^[^(].*[()]/.test(part))
  if (odd !== undefined)
    throw refused(
      called,
      `"${odd}" is neither a column with a direction nor an expression`,
      `Write an expression in parentheses: "(${odd})".`,
    )
  const open = parts.find((part) => part.startsWith('(') && !(part.endsWith(')') && part.split('(').length === part.split(')').length))
  if (open !== undefined) throw refused(called, `the expression "${open}" is not closed`, 'Write it in parentheses as a whole.')
}

const names = optionNames<IndexOptions>({ on: true, unique: true, where: true, include: true, using: true, concurrently: true })
