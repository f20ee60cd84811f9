import { definitionErrors } from '@sluice/core'

/**
 * A rule each row of a model must hold. A row that breaks one goes to quarantine with the rule's id and is counted;
 * the others are written.
 */
export type Check<Name extends string = string> =
  | { readonly kind: 'not_null'; readonly columns: readonly Name[] }
  /** The first row of equal keys stays, the others break the rule. */
  | { readonly kind: 'unique'; readonly columns: readonly Name[] }
  /** Bounds as text, so that decimals stay exact. Null passes. */
  | { readonly kind: 'within'; readonly column: Name; readonly min: string | null; readonly max: string | null }
  /** Null passes. */
  | { readonly kind: 'accepted'; readonly column: Name; readonly values: readonly string[] }

/** @throws `definition.invalid` without a column. */
export function notNull<const Name extends string>(...columns: readonly Name[]): Check<Name> {
  return Object.freeze({ kind: 'not_null', columns: some(columns, 'notNull', "Name the columns: notNull('id').") })
}

/** @throws `definition.invalid` without a column. */
export function unique<const Name extends string>(...columns: readonly Name[]): Check<Name> {
  return Object.freeze({ kind: 'unique', columns: some(columns, 'unique', "Name the columns that together occur once: unique('id').") })
}

/** Both bounds belong to what is accepted. @throws `definition.invalid` without a bound. */
export function within<const Name extends string>(
  column: Name,
  bounds: { readonly min?: number | string; readonly max?: number | string },
): Check<Name> {
  const { min, max } = bounds
  if (min === undefined && max === undefined)
    throw definitionErrors.invalid(`within('${column}') has no bound and would accept everything`, {
      facts: { column },
      next: 'Give min, max or both.',
    })
  return Object.freeze({ kind: 'within', column, min: min === undefined ? null : String(min), max: max === undefined ? null : String(max) })
}

/** @throws `definition.invalid` for an empty list, which a setting may have left behind. */
export function accepted<const Name extends string>(column: Name, values: readonly string[]): Check<Name> {
  if (values.length === 0)
    throw definitionErrors.invalid(`accepted('${column}', []) accepts no value`, {
      facts: { column },
      next: 'Name the values that are accepted, or leave the check out.',
    })
  return Object.freeze({ kind: 'accepted', column, values })
}

function some<Name extends string>(columns: readonly Name[], check: string, next: string): readonly Name[] {
  if (columns.length > 0) return columns
  throw definitionErrors.invalid(`${check}() names no column`, { next })
}
