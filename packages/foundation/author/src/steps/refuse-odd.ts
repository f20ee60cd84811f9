import {
  aDataset,
  aGroup,
  aPool,
  aStep,
  aText,
  refuseOtherList,
  refuseOtherMembers,
  refuseOtherValues,
  refuseOtherWords,
} from '../base/shape.ts'
import { triggerRules } from './trigger-rule.ts'

interface Odd {
  readonly name: unknown
  readonly rule?: unknown
  readonly after?: unknown
  readonly reads?: unknown
  readonly fills?: unknown
  readonly needs?: unknown
}

/** What the types say of what every step may say. @throws `definition.invalid` */
export function refuseOddStep(kind: string, options: Odd): void {
  const where = `${kind} ${String(options.name)}`
  refuseOtherValues(where, options, { in: aGroup, pool: aPool, description: aText })
  if (options.rule !== undefined) refuseOtherWords(where, 'rule', options.rule, triggerRules)
  if (options.after !== undefined) refuseOtherList(where, 'after', options.after, aStep)
  if (options.reads !== undefined) refuseOtherList(where, 'reads', options.reads, aDataset)
  if (options.fills !== undefined) refuseOtherList(where, 'fills', options.fills, aDataset)
  if (options.needs !== undefined) refuseOtherMembers(where, 'needs', options.needs, aStep)
}
