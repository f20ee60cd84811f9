import type { ColumnType } from '@sluice/author'
import { duckdbDialect } from '@sluice/checks'
import { type DuckConnection, duckdbType, quoteIdentifier, quoteLiteral } from '@sluice/duckdb'
import type { FileColumn } from '../files/reader.ts'

/** What the values of a column of texts are, counted. */
export interface ColumnShape {
  readonly values: number
  readonly whole: number
  readonly numbers: number
  readonly exponents: number
  /** Digits that begin with 0, and are more than one. */
  readonly names: number
  /** Digits before the point and behind it, of the numbers. */
  readonly before: number
  readonly behind: number
  /** Whole numbers that no integer, and no bigint, holds. */
  readonly overInteger: number
  readonly overBigint: number
  readonly truths: number
  readonly documents: number
  readonly dates: number
  readonly timestamps: number
}

/** Nine tenths, since a pull refuses a batch with more in quarantine; of few values two thirds: of three one may be a wrong one. */
export const areMost = (count: number, values: number): boolean =>
  count > 0 && (values < 20 ? count * 3 >= values * 2 : count * 10 >= values * 9)

/** How many values of a column its type has to hold: a look at a file proposes what most have, what is written has the type of all. */
export type HowMany = 'most' | 'all'

const suffices = (howMany: HowMany, count: number, values: number): boolean =>
  howMany === 'most' ? areMost(count, values) : count > 0 && count === values

/** A type, and how many values have it. */
export interface FittingType {
  readonly type: ColumnType
  readonly fit: number
  readonly values: number
}

/**
 * The narrowest type that holds as many values as can be, if they are enough; else text. A number that begins with 0 is a name: as a number
 * it would lose that.
 */
export function typeOf(shape: ColumnShape, howMany: HowMany = 'most'): FittingType {
  const { values } = shape
  const fitting = typesOf(shape, howMany).filter(({ fit }) => suffices(howMany, fit, values))
  const most = Math.max(0, ...fitting.map(({ fit }) => fit))
  return { ...(fitting.find(({ fit }) => fit === most) ?? { type: { kind: 'text' }, fit: values }), values }
}

/** In the order in which they are taken where they hold as many. */
function typesOf(shape: ColumnShape, howMany: HowMany): readonly Omit<FittingType, 'values'>[] {
  const { numbers, exponents, before, behind } = shape
  const ofNumbers: readonly Omit<FittingType, 'values'>[] =
    shape.names > 0
      ? []
      : [
          ...(shape.whole === numbers && shape.overInteger === 0 ? [{ type: { kind: 'integer' }, fit: numbers } as const] : []),
          ...(shape.whole === numbers && shape.overBigint === 0 ? [{ type: { kind: 'bigint' }, fit: numbers } as const] : []),
          ...(before + behind <= 38
            ? [{ type: { kind: 'decimal', precision: digitsFor(before + behind, howMany), scale: behind }, fit: numbers } as const]
            : []),
          ...(exponents > 0 ? [{ type: { kind: 'double' }, fit: exponents + numbers } as const] : []),
        ]
  return [
    ...ofNumbers,
    { type: { kind: 'boolean' }, fit: shape.truths },
    { type: { kind: 'date' }, fit: shape.dates },
    { type: { kind: 'timestamp' }, fit: shape.timestamps },
    { type: { kind: 'json' }, fit: shape.documents },
  ]
}

/** What is written has what it needs; a look leaves room for the larger numbers of the next file, as many as one machine word holds. */
const digitsFor = (seen: number, howMany: HowMany): number => (howMany === 'all' ? Math.max(1, seen) : seen <= 18 ? 18 : 38)

const dialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })
const [whole, number] = ['-?(?:0|[1-9][0-9]*)', '-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?']
const matches = (x: string, pattern: string): string => `regexp_full_match(${x}, ${quoteLiteral(pattern)})`

const dayOf = (x: string): string => `day_${x}`

/** What the values of columns of texts are; others keep what they are. @param rows the SELECT of them */
export async function shapesOf(
  connection: DuckConnection,
  rows: string,
  columns: readonly FileColumn[],
): Promise<readonly (ColumnShape | undefined)[]> {
  const texts = columns.flatMap(({ name, type }, at) => (type === 'VARCHAR' ? [{ name, x: `x${at}` }] : []))
  if (texts.length === 0) return columns.map(() => undefined)
  const plain = `SELECT ${texts.map(({ name, x }) => `${quoteIdentifier(name)} AS ${x}`).join(', ')} FROM (${rows})`
  // A cast that fails takes microseconds, and each column is asked: only texts that may be a day are tried.
  const named = `SELECT *, ${texts.map(({ x }) => `CASE WHEN regexp_matches(${x}, '[0-9]-[0-9]') THEN ${x} END AS ${dayOf(x)}`).join(', ')} FROM (${plain})`
  const { select, each } = dialect.conversions(
    named,
    texts.flatMap(({ x }) => (['date', 'timestamp'] as const).map((kind) => ({ type: { kind }, source: 'VARCHAR', x: dayOf(x) }))),
  )
  const counted = texts.map(({ x }, at) => {
    const counts: Readonly<Record<keyof ColumnShape, string>> = {
      values: `count(${x})`,
      whole: `count_if(${matches(x, whole)})`,
      numbers: `count_if(${matches(x, number)})`,
      exponents: `count_if(${matches(x, `${number}[eE][+-]?[0-9]{1,2}`)})`,
      names: `count_if(${matches(x, '-?0[0-9]+')})`,
      before: `coalesce(max(CASE WHEN ${matches(x, number)} THEN length(split_part(ltrim(${x}, '-'), '.', 1)) END), 0)`,
      behind: `coalesce(max(CASE WHEN ${matches(x, number)} THEN length(split_part(${x}, '.', 2)) END), 0)`,
      overInteger: `count_if(CASE WHEN ${matches(x, whole)} THEN TRY_CAST(${x} AS INTEGER) IS NULL END)`,
      overBigint: `count_if(CASE WHEN ${matches(x, whole)} THEN TRY_CAST(${x} AS BIGINT) IS NULL END)`,
      truths: `count_if(lower(${x}) = 'true' OR lower(${x}) = 'false')`,
      documents: `count_if(CASE WHEN regexp_matches(${x}, '^\\s*[{\\[]') THEN json_valid(${x}) END)`,
      dates: `count(${each[at * 2]?.value ?? 'NULL'})`,
      timestamps: `count(${each[at * 2 + 1]?.value ?? 'NULL'})`,
    }
    return `{${Object.entries(counts)
      .map(([name, sql]) => `${name}: (${sql})::BIGINT`)
      .join(', ')}} AS ${x}`
  })
  const [found = {}] = await connection.rows(`SELECT ${counted.join(', ')} FROM (${select})`)
  return columns.map(({ type }, at) => (type === 'VARCHAR' ? numbersOf(found[`x${at}`]) : undefined))
}

/** Counts come as numbers, or as texts where they are long. */
const numbersOf = (shape: unknown): ColumnShape =>
  Object.fromEntries(Object.entries(shape as object).map(([name, value]) => [name, Number(value)])) as unknown as ColumnShape
