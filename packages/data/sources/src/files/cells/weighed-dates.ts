import { type DatePattern, datePattern } from './date-pattern.ts'
import { doubtful, nearlyAllSql, type Weighed } from './evidence.ts'

/** Orders of day, month and year that one text may have. */
const families = [
  ...['/', '.', '-', ' '].flatMap((mark) => [
    [`d${mark}M${mark}yyyy`, `M${mark}d${mark}yyyy`],
    [`d${mark}M${mark}yy`, `M${mark}d${mark}yy`, `yy${mark}M${mark}d`],
  ]),
  ['yyyyMMdd', 'ddMMyyyy', 'MMddyyyy'],
]

/** The other orders that texts of these patterns may have; each with the same times behind. */
export function rivalsOf(patterns: readonly DatePattern[], file: string): readonly (readonly DatePattern[])[] {
  const [first] = patterns
  const family = families.find((shapes) => shapes.some((shape) => isOf(first?.pattern ?? '', shape))) ?? []
  const own = family.find((shape) => isOf(first?.pattern ?? '', shape)) ?? ''
  return family
    .filter((shape) => shape !== own)
    .map((shape) => patterns.map(({ pattern }) => datePattern(`${shape}${pattern.slice(own.length)}`, 'en', file)))
}

/** `d/M/yy` begins `d/M/yyyy`. */
const isOf = (pattern: string, shape: string): boolean => pattern.startsWith(shape) && !/^[yMd]/.test(pattern.slice(shape.length))

/**
 * A date by the patterns of the sample. Where all records say that another order is as likely, those that it reads otherwise are doubtful.
 * @param sql the text by the patterns @param key a name of its own for the counts of this column
 */
export function weighedDate(
  x: string,
  sql: string,
  patterns: readonly DatePattern[],
  rivals: readonly (readonly DatePattern[])[],
  key: string,
): Weighed {
  const read = (those: readonly DatePattern[]): string => `coalesce(${[...those.map((each) => each.sql(x)), 'NULL'].join(', ')})`
  const own = read(patterns)
  const counts: Record<string, string> = {}
  const arms = rivals.map((rival, at) => {
    const [those, others, other] = [`${key}_own${at}`, `${key}_other${at}`, read(rival)]
    counts[those] = `count_if(${own} IS NOT NULL AND ${other} IS NULL)`
    counts[others] = `count_if(${own} IS NULL AND ${other} IS NOT NULL)`
    return `WHEN NOT (${nearlyAllSql(those, others)}) AND ${own} <> ${other} THEN ${doubtful(x, `may be ' || ${own} || ' or ' || ${other} || '`)}`
  })
  return { counts, sql: `CASE ${arms.join(' ')} ELSE ${sql} END` }
}
