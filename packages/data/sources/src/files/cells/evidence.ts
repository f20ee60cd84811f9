/**
 * The rule for what the texts of a column are written in, of a sample and of a whole file alike: nearly all of those that say it say the
 * same. A few others are wrong ones. Where this does not hold, a text that may mean two things is not read as either.
 *
 * What a sample says is held against all records where these are more. The fast road reads a text by the sample as long as no text speaks
 * against it; one that does is given as the judge refuses it, and all of them are then asked.
 */
export const nearlyAll = (those: number, others: number): boolean => those > 9 * others

/** The same of counts in SQL. */
export const nearlyAllSql = (those: string, others: string): string => `${those} > 9 * ${others}`

/** A text that may mean two things, as the judge refuses it and people read it in quarantine. */
export const doubtful = (x: string, why: string): string => `${x} || ' (${why})'`

/** What all records say of a column, counted once for all columns of a file, and its text by that. */
export interface Weighed {
  /** Counts over all records, by a name of their own. */
  readonly counts: Readonly<Record<string, string>>
  /** The text, where the counts stand beside each row by their names. */
  readonly sql: string
}
