import { damaged } from '@sluice/backup'

/** One item of a schema as a file has it: statements that run one after another. */
export interface Step {
  readonly kind: string
  readonly name: string
  /** Names of the tables that it locks. Where they are not all tables with rows, it runs alone. */
  readonly tables: readonly string[]
  readonly statements: readonly string[]
}

const line = (marker: string, word: string): string => `-- ${marker} ${word}`

/**
 * The steps as a script that psql runs, and that can be taken apart again: a line with the marker stands before each step and each of its
 * statements. The marker is made for the backup, so that no text of the database holds it.
 */
export const stepsText = (steps: readonly Step[], marker: string): string =>
  [
    preamble,
    ...steps.flatMap(({ statements, ...head }) => [
      line(marker, `step ${JSON.stringify(head)}`),
      ...statements.flatMap((statement) => [line(marker, 'statement'), `${statement};`]),
    ]),
    '',
  ].join('\n')

/** @throws `backup.damaged` */
export function parseSteps(text: string, marker: string, path: string): readonly Step[] {
  const [, ...parts] = `\n${text}`.split(`\n-- ${marker} `)
  const steps: { kind: string; name: string; tables: readonly string[]; statements: string[] }[] = []
  for (const part of parts) {
    const end = part.indexOf('\n')
    const head = end === -1 ? part : part.slice(0, end)
    const body = end === -1 ? '' : part.slice(end + 1)
    if (head.startsWith('step ')) steps.push({ ...(JSON.parse(head.slice(5)) as Omit<Step, 'statements'>), statements: [] })
    else if (head === 'statement' && steps.length > 0) steps.at(-1)?.statements.push(body.trimEnd().replace(/;$/, ''))
    else throw damaged(path, 'has a line that no backup writes')
  }
  return steps
}

/** Settings under which the statements mean what they meant: names are whole, and functions may name what comes later. */
export const preamble = `set search_path = '';
set client_encoding = 'UTF8';
set check_function_bodies = off;
set xmloption = 'content';
set row_security = off;
set client_min_messages = warning;`
