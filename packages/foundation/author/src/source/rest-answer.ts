import { refused } from '../base/faults.ts'
import { refuseOddOptions, refuseOtherList, shown } from '../base/shape.ts'
import { spanMs } from '../base/spans.ts'
import { type AnswerPath, onePath } from './rest-path.ts'

type Code = string | number

/** What an answer says of itself, whatever its HTTP status: a number and its text count as the same. */
export interface AnswerCode {
  /** `$.status.error_code`. */
  readonly at: AnswerPath
  readonly message?: AnswerPath
  /** Codes of a good answer. An answer without a code is a good one, too. */
  readonly good: readonly Code[]
  /** Codes of an answer that is good and has nothing. */
  readonly nothing?: readonly Code[]
  /** Codes that pass: the request is sent again, `after` so long. Every other one ends the pull. */
  readonly again?: readonly Code[]
  readonly after?: string
  /** Codes that say that an id of the request is at fault. */
  readonly spoils?: readonly Code[]
}

export const aTextOrNumber = { is: (value: unknown) => typeof value === 'string' || Number.isFinite(value), called: 'text or a number' }

/** @throws `definition.invalid` */
export function refuseOddCode(where: string, code: AnswerCode, hasIds: boolean): void {
  refuseOddOptions(`${where}, code`, code, ['at', 'message', 'good', 'nothing', 'again', 'after', 'spoils'])
  onePath(where, 'code.at', code.at)
  if (code.message !== undefined) onePath(where, 'code.message', code.message)
  refuseOtherList(where, 'code.good', code.good, aTextOrNumber)
  const lists = { good: code.good, nothing: code.nothing ?? [], again: code.again ?? [], spoils: code.spoils ?? [] }
  for (const [name, list] of Object.entries(lists)) refuseOtherList(where, `code.${name}`, list, aTextOrNumber)
  const all = Object.values(lists).flat().map(String)
  const twice = all.find((each, at) => all.indexOf(each) !== at)
  if (twice !== undefined) throw refused(where, `the code ${shown(twice)} means two things`, 'Name it once under code.')
  if (code.after !== undefined) spanMs(where, 'code.after', code.after)
  if (code.after !== undefined && code.again === undefined)
    throw refused(where, 'code.after is of code.again, which is not given', 'Take it out, or name the codes that pass: again: [...].')
  if (code.spoils !== undefined && !hasIds)
    throw refused(where, 'code.spoils is of ids, and the source has none', 'Take it out, or declare ids.')
}
