import { refused } from '../base/faults.ts'
import { anObject, refuseOther } from '../base/shape.ts'

const step = String.raw`[^/@:\s]+`
const rowsPath = new RegExp(`^(?:/${step})+$`)
const fieldPath = new RegExp(`^(?:@${step}|${step}(?:/${step})*(?:/@${step})?)$`)

/** @throws `definition.invalid` for what is not a path to an element, or to a value below one */
export function refuseOddPaths({ rows, fields }: { readonly rows: string; readonly fields?: Readonly<Record<string, string>> }): void {
  if (fields !== undefined) refuseOther('xml()', 'fields', fields, anObject)
  const odd = rowsPath.test(rows)
    ? Object.entries(fields ?? {})
        .find(([, path]) => !fieldPath.test(path))
        ?.join(': ')
    : `rows: ${rows}`
  if (odd === undefined) return
  throw refused(
    'xml()',
    `"${odd}" is not a path`,
    'Write rows as /orders/order, and fields below it as @id, name or customer/name: names without prefixes.',
  )
}

/** @throws `definition.invalid` for a field without a place in the line */
export function refuseOddPlaces({ fields = {} }: { readonly fields?: Readonly<Record<string, readonly [number, number]>> }): void {
  refuseOther('fixedWidth()', 'fields', fields, anObject)
  const entries = Object.entries(fields)
  const odd = entries.find(([, place]) => !isPlace(place))
  if (entries.length > 0 && odd === undefined) return
  const what = odd === undefined ? 'no field is declared' : `the place of ${odd[0]} is not one`
  throw refused('fixedWidth()', what, 'Write the first character, from 1, and the width of each field: fields: { id: [1, 8] }.')
}

const isPlace = (place: unknown): boolean =>
  Array.isArray(place) && place.length === 2 && place.every((number) => Number.isSafeInteger(number) && number >= 1)
