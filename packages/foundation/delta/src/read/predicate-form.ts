import type { Scalar } from '../files/values.ts'
import { a, type Form, filledText, isPlain, list, options, refused, required, shown } from '../options/form.ts'
import { nearest } from '../options/near.ts'
import type { Predicate } from './prune.ts'

const comparisons = ['=', '<', '<=', '>', '>='] as const
const tests = ['is null', 'is not null'] as const
const operators = [...comparisons, 'in', ...tests]

const scalar: Form<Scalar> = a(
  'a text, a number, a bigint or a boolean',
  (value) => ['string', 'number', 'bigint', 'boolean'].includes(typeof value),
  "Give instants and dates as ISO-8601 texts, and ask for NULL by { op: 'is null' }.",
)

const operator: Form<never> = (value, at) => {
  if (operators.some((known) => known === value)) return
  const near = typeof value === 'string' ? nearest(value, operators) : undefined
  throw refused(
    at,
    `is ${shown(value)}, which is not an operator`,
    `${near === undefined ? '' : `Did you mean ${near}? `}Allowed: ${operators.join(', ')}. For any other condition use SQL: a text as where, or WHERE around the scan.`,
  )
}

type PredicateOf<Op> = Predicate extends infer P ? (P extends { readonly op: infer O } ? (Op extends O ? P : never) : never) : never

const column = required(filledText)
const compared: Form<Predicate> = options<PredicateOf<'='>>({ column, op: required(operator), value: required(scalar) })
const among: Form<Predicate> = options<PredicateOf<'in'>>({ column, op: required(operator), values: required(list(scalar)) })
const tested: Form<Predicate> = options<PredicateOf<'is null'>>({ column, op: required(operator) })

const predicate: Form<Predicate> = (value, at) => {
  if (!isPlain(value))
    throw refused(at, `must be an object, but it is ${shown(value)}`, "Give an object such as { column: 'id', op: '=', value: 5 }.")
  if (value.op === 'in') return among(value, at)
  return tests.some((known) => known === value.op) ? tested(value, at) : compared(value, at)
}

export const predicates: Form<readonly Predicate[]> = list(
  predicate,
  'An empty list would mean every row. Give at least one condition, or leave the key out to mean every row.',
)
