import type { ColumnType } from '@sluice/author'
import type { ValueRuleKind } from './rule.ts'

/** What an engine is asked to spell. */
export interface Spelling {
  /** A text as a literal. */
  readonly literal: (text: string) => string
  /** The engine's name of a type. */
  readonly type: (type: ColumnType) => string
}

/** An engine's SQL for what all rules share. */
export interface Dialect {
  /** A text as a value of the type; it must be one. */
  readonly value: (type: ColumnType, text: string) => string
  /** A value as what `<` and `>` compare, in the same order in every engine: texts by their code points. */
  readonly ordered: (type: ColumnType, sql: string) => string
  /** Whether a value is one of these; NULL where there is none. */
  readonly among: (sql: string, values: readonly string[]) => string
  /** Whether a whole text has the form of a pattern, in words that the engines read alike; NULL where there is none. */
  readonly matches: (sql: string, pattern: string) => string
}

/** How a value becomes its column's type. */
export interface Conversion {
  /** SQL of the value in the type. Good for rows that break none of the rules below; what it gives for the others means nothing. */
  readonly value: string
  /** SQL: there is no value. */
  readonly absent: string
  /**
   * SQL over the converted value: true for a present value exactly when it breaks one of the rules, where that is cheaper to see than
   * which.
   */
  readonly lost?: (typed: string) => string
  /** SQL, true or false: the value in the type is a rounded one. Only of a column that says `round`. */
  readonly rounded?: string
  /**
   * In their order; each may count on those before it. The first whose condition holds says what a present value breaks, or that it breaks
   * nothing (`null`). No one holds: nothing. Where all arms break something, none holds for a value that is absent.
   */
  readonly arms: (typed: string) => readonly Arm[]
}

export interface Arm {
  /** SQL, true or false. */
  readonly when: string
  readonly breaks: Exclude<ValueRuleKind, 'not_null'> | null
}

/** A pattern as a test of the whole text. */
export const whole = (pattern: string): string => `^(?:${pattern})$`
