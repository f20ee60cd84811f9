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
            ? [{ type: { kind: 'decimal', precision: digitsFor(before, behind, howMany), scale: behind }, fit: numbers } as const]
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

/**
 * What is written has what it needs; a look leaves room for the larger numbers of the next file, as many as one machine word holds, and
 * more where that has no place for a million: a workbook has `0.12000000000000001` beside which 12.5 comes.
 */
const digitsFor = (before: number, behind: number, howMany: HowMany): number => {
  if (howMany === 'all') return Math.max(1, before + behind)
  return Math.max(before, Math.min(7, 38 - behind)) + behind <= 18 ? 18 : 38
}

const dialect = duckdbDialect({ literal: quoteLiteral, type: duckdbType })
const [number, exponent, padded] = ['-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?', '[eE][+-]?[0-9]{1,2}', '-?0[0-9]+']
const matches = (x: string, pattern: string): string => `regexp_full_match(${x}, ${quoteLiteral(pattern)})`

/** What the values of columns of texts are; others keep what they are. @param rows the SELECT of them */
export async function shapesOf(
  connection: DuckConnection,
  rows: string,
  columns: readonly FileColumn[],
): Promise<readonly (ColumnShape | undefined)[]> {
  const texts = columns.flatMap(({ name, type }, at) => (type === 'VARCHAR' ? [{ name, x: `x${at}` }] : []))
  if (texts.length === 0) return columns.map(() => undefined)
  const plain = `SELECT ${texts.map(({ name, x }) => `${quoteIdentifier(name)} AS ${x}`).join(', ')} FROM (${rows})`
  const counted = await countsOf(connection, plain, texts)
  const days = await daysOf(
    connection,
    plain,
    texts.filter(({ x }) => mayBeDays(counted.get(x))),
  )
  return columns.map(({ type }, at) => {
    const counts = counted.get(`x${at}`)
    return type !== 'VARCHAR' || counts === undefined ? undefined : { ...counts, ...(days.get(`x${at}`) ?? noDays) }
  })
}

type Days = Pick<ColumnShape, 'dates' | 'timestamps'>
type Counts = Omit<ColumnShape, keyof Days> & { readonly dayLike: number }
const noDays: Days = { dates: 0, timestamps: 0 }

interface TextColumn {
  /** Its name in the SELECT. */
  readonly x: string
}

/** Whether a column may be one of days. */
const mayBeDays = (counts: Counts | undefined): boolean => counts !== undefined && areMost(counts.dayLike, counts.values)

/** Patterns cost ten times as much as a look at what stands first, or whether a character is there. */
async function countsOf(connection: DuckConnection, plain: string, texts: readonly TextColumn[]): Promise<ReadonlyMap<string, Counts>> {
  const isNumber = texts.map(({ x }) => `CASE WHEN ${x} >= '-' AND ${x} < ':' THEN ${matches(x, number)} ELSE false END AS number_${x}`)
  const each = texts.map(({ x }) => {
    const is = (before: string, question: string): string => `count_if(CASE WHEN ${before} THEN ${question} ELSE false END)`
    const [point, size] = [`strpos(${x}, '.')`, `strlen(${x})`]
    const isWhole = `number_${x} AND ${point} = 0`
    const counts: Readonly<Record<keyof Counts, string>> = {
      values: `count(${x})`,
      whole: `count_if(${isWhole})`,
      numbers: `count_if(number_${x})`,
      exponents: is(`contains(${x}, 'e') OR contains(${x}, 'E')`, matches(x, number + exponent)),
      names: is(`starts_with(${x}, '0') OR starts_with(${x}, '-0')`, matches(x, padded)),
      before: `coalesce(max(CASE WHEN number_${x} THEN if(${point} = 0, ${size}, ${point} - 1) - if(starts_with(${x}, '-'), 1, 0) END), 0)`,
      behind: `coalesce(max(CASE WHEN number_${x} AND ${point} > 0 THEN ${size} - ${point} END), 0)`,
      overInteger: is(`${isWhole} AND ${size} > 9`, `TRY_CAST(${x} AS INTEGER) IS NULL`),
      overBigint: is(`${isWhole} AND ${size} > 18`, `TRY_CAST(${x} AS BIGINT) IS NULL`),
      truths: is(`${size} BETWEEN 4 AND 5`, `lower(${x}) = 'true' OR lower(${x}) = 'false'`),
      documents: is(`contains(${x}, '{') OR contains(${x}, '[')`, `regexp_matches(${x}, '^\\s*[{\\[]') AND json_valid(${x})`),
      dayLike: is(`contains(${x}, '-')`, `regexp_matches(${x}, '[0-9]-[0-9]')`),
    }
    return structOf(x, counts)
  })
  const [found = {}] = await connection.rows(`SELECT ${each.join(', ')} FROM (SELECT *, ${isNumber.join(', ')} FROM (${plain}))`)
  return new Map(texts.map(({ x }) => [x, numbersOf<Counts>(found[x])]))
}

/**
 * How many texts are days, and how many are instants. A day alone is an instant, too: only longer texts are tried as one, since a cast by
 * way of what few texts are takes microseconds.
 */
async function daysOf(connection: DuckConnection, plain: string, texts: readonly TextColumn[]): Promise<ReadonlyMap<string, Days>> {
  if (texts.length === 0) return new Map()
  const like = ({ x }: TextColumn): string => `CASE WHEN contains(${x}, '-') THEN ${x} END AS day_${x}`
  const long = ({ x }: TextColumn): string => `CASE WHEN contains(${x}, '-') AND strlen(${x}) > 10 THEN ${x} END AS long_${x}`
  const { select, each } = dialect.conversions(
    `SELECT ${texts.flatMap((text) => [like(text), long(text)]).join(', ')} FROM (${plain})`,
    texts.flatMap(({ x }) => [
      { type: { kind: 'date' }, source: 'VARCHAR', x: `day_${x}` } as const,
      { type: { kind: 'timestamp' }, source: 'VARCHAR', x: `long_${x}` } as const,
    ]),
  )
  const counted = texts.map(({ x }, at) => {
    const [day, instant] = [each[at * 2]?.value ?? 'NULL', each[at * 2 + 1]?.value ?? 'NULL']
    return structOf(x, { dates: `count(${day})`, timestamps: `count(CASE WHEN strlen(day_${x}) > 10 THEN ${instant} ELSE ${day} END)` })
  })
  const [found = {}] = await connection.rows(`SELECT ${counted.join(', ')} FROM (${select})`)
  return new Map(texts.map(({ x }) => [x, numbersOf<Days>(found[x])]))
}

const structOf = (name: string, counts: Readonly<Record<string, string>>): string =>
  `{${Object.entries(counts)
    .map(([each, sql]) => `${each}: (${sql})::BIGINT`)
    .join(', ')}} AS ${name}`

/** Counts come as numbers, or as texts where they are long. */
const numbersOf = <T>(shape: unknown): T =>
  Object.fromEntries(Object.entries(shape as object).map(([name, value]) => [name, Number(value)])) as unknown as T
