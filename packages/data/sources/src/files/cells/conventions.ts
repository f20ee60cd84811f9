import type { CellConventions } from '@sluice/author'
import { given, type Json } from '@sluice/core'
import { type DuckConnection, quoteIdentifier } from '@sluice/duckdb'
import type { FileAtHand, FileColumn, Found, ReadContext, WantedKind } from '../reader.ts'
import { ambiguousDate, ambiguousNumber } from './ambiguous.ts'
import type { DateForm } from './date-forms.ts'
import { type DatePattern, datePattern } from './date-pattern.ts'
import { dateSql, findDates, isIso, isLocal } from './dates.ts'
import { nearlyAll, nearlyAllSql, type Weighed } from './evidence.ts'
import { isNull, nullSql, nullsOf } from './nulls.ts'
import { type NumberEvidence, numberEvidence, numberSql } from './numbers.ts'
import { rivalsOf, weighedDate } from './weighed-dates.ts'
import { hopefulNumber, weighedNumber } from './weighed-numbers.ts'

/** The texts of a file for whoever looks for what they mean. */
export interface Texts {
  /** Some records, the first ones among them: the line (row, record) at which each begins, and a text or NULL for each column. */
  readonly sample: readonly SampleOfCells[]
  /** Whether these are all. */
  readonly whole: boolean
  /** Whether another look at the file has counted as many records, so that nothing stands anywhere else. */
  readonly counted?: boolean
  /** `OpenFile.numbered` before conventions: all records, asked where the sample does not say enough. */
  readonly numbered: string
}

export interface SampleOfCells {
  readonly line: number
  readonly cells: readonly (string | null)[]
}

/**
 * How the cells of a file are spelled, column by column, and the SQL that rewrites them as the judge spells values: spellings of NULL are
 * NULL, `1.234,50 €` is `1234.50`, `31/12/2026` is `2026-12-31`. A text that does not fit stays as it came.
 */
export interface Conventions {
  readonly found: Found
  /** Over the SELECT of all records, at the engine's speed: columns whose sample is as the judge spells values are left alone. */
  rows(select: string): string
  /**
   * Over the same with `_row`: every text is looked at, and what was found in a sample is held against all of them. Where each text of
   * `rows` is a value, this gives the same ones.
   * @param kept columns of the SELECT that go along
   */
  numbered(select: string, kept?: readonly string[]): string
  /** Whether `rows` leaves a column alone, by its place: its texts are what the judge reads. */
  leavesAlone(at: number): boolean
}

/** What is done with a column: SQL of its text for `rows`, and for `numbered`. `undefined`: nothing. */
interface ColumnPlan {
  readonly fast: string | undefined
  readonly full: string | undefined
  /** What `full` needs to know of all records. */
  readonly counts?: Weighed['counts']
  readonly found: {
    readonly nulls?: readonly string[]
    readonly decimal?: string
    readonly currency?: string
    readonly dates?: string
    readonly language?: string
  }
}

/** @throws `file.ambiguous` for a column whose texts may mean two things, `file.unsupported` for a pattern of dates that is not one */
export async function findConventions(
  connection: DuckConnection,
  file: FileAtHand,
  columns: readonly FileColumn[],
  texts: Texts,
  format: CellConventions,
  context: Pick<ReadContext, 'wanted' | 'signal'>,
): Promise<Conventions> {
  const looked = columns.map((column, at) => look(column, at, texts, format, context.wanted?.(column.name)))
  const decimal = format.decimal ?? decimalOfFile(looked)
  const plans: ColumnPlan[] = []
  for (const [at, column] of looked.entries()) plans.push(await planOf(column, connection, file, texts, format, decimal, `_sluice_c${at}`))
  const counts = plans.flatMap((plan) => Object.entries(plan.counts ?? {})).map(([name, sql]) => `${sql} AS ${name}`)
  // One row: it is put beside each record.
  const beside = counts.length === 0 ? '' : `, (SELECT ${counts.join(', ')} FROM (${texts.numbered}))`
  const select = (rows: string, kept: readonly string[], which: 'fast' | 'full'): string => {
    if (plans.every((plan) => plan[which] === undefined)) return rows
    const cells = columns.map(({ name }, at) => {
      const sql = plans[at]?.[which]
      return sql === undefined ? quoteIdentifier(name) : `${sql} AS ${quoteIdentifier(name)}`
    })
    return `SELECT ${[...kept, ...cells].join(', ')} FROM (${rows})${which === 'full' ? beside : ''}`
  }
  return {
    found: foundOf(columns, plans, format),
    rows: (rows) => select(rows, [], 'fast'),
    // Planning what is done with texts that are not there costs 8 ms of a processor a file, of which a folder has ten thousand.
    numbered: (rows, kept = []) => select(rows, ['_row', ...kept], texts.whole && texts.counted === true ? 'fast' : 'full'),
    leavesAlone: (at) => plans[at]?.fast === undefined,
  }
}

interface Looked {
  readonly name: string
  readonly kind: WantedKind | undefined
  readonly nulls: ReadonlySet<string>
  readonly nullsSeen: readonly string[]
  /** Texts of the sample that stand for a value, and the line of each. */
  readonly values: readonly string[]
  readonly lines: readonly number[]
  readonly numbers: NumberEvidence | undefined
}

function look(column: FileColumn, at: number, { sample }: Texts, format: CellConventions, wanted: WantedKind | undefined): Looked {
  const kind = column.type === 'VARCHAR' ? wanted : undefined
  const nulls = column.type === 'VARCHAR' ? nullsOf(format, kind) : new Set<string>()
  const seen = new Set<string>()
  const values: string[] = []
  const lines: number[] = []
  for (const { line, cells } of kind === undefined && nulls.size === 0 ? [] : sample) {
    const text = cells[at]
    if (text === null || text === undefined) continue
    if (isNull(text, nulls)) seen.add(text.trim())
    else {
      values.push(text)
      lines.push(line)
    }
  }
  const numbers = kind === 'number' ? numberEvidence(values) : undefined
  return { name: column.name, kind, nulls, nullsSeen: [...seen], values, lines, numbers }
}

/** The mark before fractions that some columns have, where none has the other: a file is written by one program. */
function decimalOfFile(columns: readonly Looked[]): '.' | ',' | undefined {
  const said = new Set(
    columns.flatMap(({ numbers }) => (numbers === undefined ? [] : [decimalOfColumn(numbers)])).filter((mark) => mark !== undefined),
  )
  return said.size === 1 ? [...said][0] : undefined
}

/** Nearly all of the numbers that say it say the same. */
function decimalOfColumn({ point, comma }: NumberEvidence): '.' | ',' | undefined {
  if (nearlyAll(point, comma)) return '.'
  return nearlyAll(comma, point) ? ',' : undefined
}

async function planOf(
  column: Looked,
  connection: DuckConnection,
  file: FileAtHand,
  texts: Texts,
  format: CellConventions,
  decimal: '.' | ',' | undefined,
  key: string,
): Promise<ColumnPlan> {
  const x = quoteIdentifier(column.name)
  const told = column.nullsSeen.filter((text) => text !== '')
  const nulls = told.length === 0 ? {} : { nulls: told }
  const wrap = (sql: string | undefined, full: boolean): string | undefined => {
    const isNeeded = full ? column.nulls.size > 0 : column.nullsSeen.length > 0 || format.nulls !== undefined
    return isNeeded ? nullSql(x, column.nulls, sql ?? x) : sql
  }
  switch (column.kind) {
    case 'number': {
      const style = numberStyle(column, file, decimal)
      const sql = numberSql(x, style)
      const isFast = style.decimal === ',' || column.numbers?.odd === true
      const found = {
        ...nulls,
        ...given({ decimal: isFast || format.decimal !== undefined ? style.decimal : undefined, currency: style.currency }),
      }
      if (texts.whole || format.decimal !== undefined) return { fast: wrap(isFast ? sql : undefined, false), full: wrap(sql, true), found }
      const weighed = weighedNumber(x, style, key)
      const hopeful = hopefulNumber(x, style, column.numbers?.odd === true)
      return { fast: wrap(hopeful, false), full: wrap(weighed.sql, true), counts: weighed.counts, found }
    }
    case 'date':
    case 'timestamp': {
      const { patterns, rivals } = await patternsOf(column, column.kind, connection, file, texts, format)
      const zone = column.kind === 'timestamp' && format.timeZone !== 'UTC' ? format.timeZone : undefined
      const sql = dateSql(x, patterns, zone)
      // A sample of instants with their zones says nothing of a local time behind it, which is also a value without its zone.
      const isFast = zone === undefined ? patterns.length > 0 : !texts.whole || column.values.some((text) => !isIso(text) || isLocal(text))
      const named = patterns.map(({ pattern }) => pattern)
      const weighed = rivals.length === 0 ? undefined : weighedDate(x, sql, patterns, rivals, key)
      return {
        fast: wrap(isFast ? sql : undefined, false),
        full: wrap(sql === x ? undefined : (weighed?.sql ?? sql), true),
        ...given({ counts: weighed?.counts }),
        found: {
          ...nulls,
          ...(named.length === 0 ? {} : { dates: named.join(' | ') }),
          ...given({ language: patterns.map(({ language }) => language).find((language) => language !== undefined) }),
        },
      }
    }
    case 'boolean':
    case 'text':
    case 'json':
    case undefined:
      return { fast: wrap(undefined, false), full: wrap(undefined, true), found: nulls }
  }
}

function numberStyle(
  column: Looked,
  file: FileAtHand,
  decimal: '.' | ',' | undefined,
): { decimal: '.' | ',' | undefined; currency: string | undefined } {
  const numbers = column.numbers as NumberEvidence
  const currencies = [...numbers.currencies]
  // Where there are several, none can be left out without a loss.
  const currency = currencies.length === 1 ? currencies[0] : undefined
  const own = decimalOfColumn(numbers)
  const [first] = numbers.either
  if (own === undefined && decimal === undefined && (numbers.point > 0 || (first !== undefined && numbers.ungrouped === 0)))
    throw ambiguousNumber(file, column.name, column.lines[first ?? 0] ?? 0, column.values[first ?? 0] ?? '')
  const ungrouped = own === undefined && decimal === undefined && first !== undefined ? markOf(column.values[first] ?? '') : undefined
  return { decimal: decimal ?? own ?? ungrouped, currency }
}

const markOf = (text: string): '.' | ',' => (text.includes(',') ? ',' : '.')

/** The forms of the dates of a column, and other orders of day and month that its texts may have, by the sample alone. */
interface Patterns {
  readonly patterns: readonly DatePattern[]
  readonly rivals: readonly (readonly DatePattern[])[]
}

const certain = (patterns: readonly DatePattern[]): Patterns => ({ patterns, rivals: [] })

async function patternsOf(
  column: Looked,
  kind: 'date' | 'timestamp',
  connection: DuckConnection,
  file: FileAtHand,
  texts: Texts,
  format: CellConventions,
): Promise<Patterns> {
  const declared = typeof format.dates === 'string' ? format.dates : format.dates?.[column.name]
  if (declared !== undefined)
    return certain(declared.split(' | ').map((pattern) => datePattern(pattern, format.language ?? 'en', file.name)))
  const finding = findDates(column.values, texts.whole, format, kind, file.name)
  if (finding.kind === 'asTheyAre') return certain([])
  if (finding.kind === 'patterns') return { patterns: finding.patterns, rivals: texts.whole ? [] : rivalsOf(finding.patterns, file.name) }
  const { forms, at } = finding
  const [first] = forms
  // All dates are like 05/05: whatever their form, they are the same.
  if (texts.whole && at === undefined && first !== undefined) return certain(first.patterns)
  if (texts.whole) throw ambiguousDate(file, column.name, column.lines[at ?? 0] ?? 0, column.values[at ?? 0] ?? '', forms)
  return certain(await decide(column, forms, connection, file, texts))
}

/** Asks all records which of the forms reads each text. @throws `file.ambiguous` where several do, and not alike */
async function decide(
  column: Looked,
  forms: readonly DateForm[],
  connection: DuckConnection,
  file: FileAtHand,
  { numbered }: Texts,
): Promise<readonly DatePattern[]> {
  const x = quoteIdentifier(column.name)
  const read = forms.map(({ patterns }, at) => `coalesce(${patterns.map((pattern) => pattern.sql(x)).join(', ')}) AS f${at}`)
  const from = `(SELECT _row, ${x} AS text, ${read.join(', ')} FROM (${numbered}) WHERE ${x} IS NOT NULL)`
  const places = forms.map((_, at) => at)
  const [counts] = await connection.rows(`SELECT ${places.map((at) => `count(f${at}) AS f${at}`).join(', ')} FROM ${from}`)
  const most = Math.max(...places.map((at) => Number(counts?.[`f${at}`] ?? 0)))
  const first = places.find((at) => Number(counts?.[`f${at}`] ?? 0) === most) ?? 0
  const others = places.filter((at) => at !== first)
  const isClear = (at: number): string =>
    nearlyAllSql(`count_if(f${first} IS NOT NULL AND f${at} IS NULL)`, `count_if(f${first} IS NULL AND f${at} IS NOT NULL)`)
  const [clear] =
    others.length === 0 ? [] : await connection.rows(`SELECT ${others.map((at) => `${isClear(at)} AS f${at}`).join(', ')} FROM ${from}`)
  const rivals = others.filter((at) => clear?.[`f${at}`] !== true)
  const differs = rivals.map((at) => `f${at} <> f${first}`).join(' OR ')
  const [two] = differs === '' ? [] : await connection.rows(`SELECT _row, text FROM ${from} WHERE ${differs} ORDER BY _row LIMIT 1`)
  if (two !== undefined)
    throw ambiguousDate(
      file,
      column.name,
      Number(two._row),
      String(two.text),
      [first, ...rivals].flatMap((at) => forms[at] ?? []),
    )
  return forms[first]?.patterns ?? []
}

/** What was found, as it is declared: one for all columns where it is the same in all of them. */
function foundOf(columns: readonly FileColumn[], plans: readonly ColumnPlan[], format: CellConventions): Found {
  const byColumn = (of: (plan: ColumnPlan) => string | undefined): Record<string, string> =>
    Object.fromEntries(
      columns.flatMap(({ name }, at) => [of(plans[at] as ColumnPlan)].flatMap((value) => (value === undefined ? [] : [[name, value]]))),
    )
  const nulls = [...new Set(plans.flatMap(({ found }) => found.nulls ?? []))]
  const decimals = byColumn(({ found }) => found.decimal)
  const kinds = [...new Set(Object.values(decimals))]
  const currencies = byColumn(({ found }) => found.currency)
  const dates = byColumn(({ found }) => found.dates)
  const isEmpty = (record: object): boolean => Object.keys(record).length === 0
  return given({
    nulls: format.nulls === undefined ? (nulls.length === 0 ? undefined : nulls) : [...format.nulls],
    decimal: kinds.length > 1 ? (decimals as Json) : kinds[0],
    currency: isEmpty(currencies) ? undefined : currencies,
    dates: isEmpty(dates) ? undefined : dates,
    language: format.language ?? plans.map(({ found }) => found.language).find((language) => language !== undefined && language !== 'en'),
    timeZone: format.timeZone,
  }) as Found
}
