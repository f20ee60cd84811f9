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

export const notNull = <const Name extends string>(...columns: readonly Name[]): Check<Name> => Object.freeze({ kind: 'not_null', columns })
export const unique = <const Name extends string>(...columns: readonly Name[]): Check<Name> => Object.freeze({ kind: 'unique', columns })
export const within = <const Name extends string>(
  column: Name,
  bounds: { readonly min?: number | string; readonly max?: number | string },
): Check<Name> =>
  Object.freeze({
    kind: 'within',
    column,
    min: bounds.min === undefined ? null : String(bounds.min),
    max: bounds.max === undefined ? null : String(bounds.max),
  })
export const accepted = <const Name extends string>(column: Name, values: readonly string[]): Check<Name> =>
  Object.freeze({ kind: 'accepted', column, values })

/** The stable id a quarantined row carries: `not_null(asset_id)`, `unique(asset_id,seen_at)`. */
export const checkId = (check: Check): string => `${check.kind}(${'columns' in check ? check.columns.join(',') : check.column})`
