import type { Sql } from '@sluice/author'
import { definitionErrors, positionAt } from '@sluice/core'
import { sqlTokens } from '@sluice/postgres'

/** Words that read the clock wherever they stand as an identifier. */
export const clockWords: ReadonlySet<string> = new Set(['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp'])
/** Functions that give another value on another call, or on another run. */
export const clockFunctions: ReadonlySet<string> = new Set([
  'now',
  'today',
  'get_current_time',
  'get_current_timestamp',
  'transaction_timestamp',
  'statement_timestamp',
  'clock_timestamp',
  'timeofday',
  'random_normal',
  'currval',
  'lastval',
  'txid_current',
  'pg_current_xact_id',
  'random',
  'setseed',
  'uuid',
  'uuidv4',
  'uuidv7',
  'gen_random_uuid',
  'nextval',
])

/** Texts that PostgreSQL takes for the clock where they become a time: `'today'::date`, `date 'today'`, `cast('now' as timestamp)`. */
const clockText = /^'\s*(now|today|tomorrow|yesterday)\s*'$/i
const becomesTime = {
  before: /\b(?:date|time|timetz|timestamp|timestamptz|(?:with|without)\s+time\s+zone|cast\s*\()\s*$/i,
  after: /^\s*::/,
}

/**
 * Refuses SQL whose result depends on when it runs: a replay would give other rows. Line and column count from 1 in the step's SQL, each
 * reference standing for one character.
 * @throws `definition.invalid` naming the word and its place.
 */
export function refuseClock(step: string, { parts }: Sql): void {
  const sql = parts.map((part) => (part.kind === 'text' ? part.text : '?')).join('')
  const tokens = [...sqlTokens(sql)].filter(({ kind }) => kind !== 'comment')
  for (const [place, { kind, text, at }] of tokens.entries()) {
    const isClock =
      kind === 'quoted'
        ? clockText.test(text) && (becomesTime.before.test(sql.slice(0, at)) || becomesTime.after.test(sql.slice(at + text.length)))
        : kind === 'word' && tokens[place - 1]?.text !== '.' && readsClock(text, tokens[place + 1]?.text === '(')
    if (!isClock) continue
    const { line, column } = positionAt(sql, at)
    const word = text.toLowerCase()
    throw definitionErrors.invalid(`step ${step}: ${word} at line ${line}, column ${column} of its SQL depends on when it runs`, {
      facts: { step, word, line, column },
      next: 'Use the interval of the run (interval.start, interval.end) or a column of the data; a replay must give the same rows.',
    })
  }
}

const readsClock = (word: string, isCalled: boolean): boolean =>
  clockWords.has(word.toLowerCase()) || (isCalled && clockFunctions.has(word.toLowerCase()))
