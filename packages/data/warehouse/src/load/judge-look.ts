import { type Connection, copyIn, postgresType } from '@sluice/postgres'
import type { Look } from './look.ts'
import { type LoadPlan, type StagedColumn, wholeRoad } from './plan.ts'
import { planOf } from './route.ts'
import { lineColumn, loadStatements, roadStatements, stage } from './statements.ts'

/**
 * Judges each text of a look as a row of its own, by the rules of its columns and the references that they are, and tells the look which
 * are refused. Answers columns with texts that are right and that COPY would read otherwise: `1.0` as an integer.
 */
export async function judgeLook(tx: Connection, plan: LoadPlan, look: Look): Promise<readonly string[]> {
  const part = planOf(plan, ({ name }) => look.columns.includes(name))
  // In the order of the look: so its texts stand.
  const columns = look.columns.flatMap((name) => part.columns.filter((column) => column.name === name))
  const road = wholeRoad(part)
  const [statements, sql] = [loadStatements(part), roadStatements(part, road)]
  await tx.query(statements.createStaging)
  const staged = [...columns.map((column) => column.staged), lineColumn].join(', ')
  await copyIn(tx, `copy ${stage} (${staged}) from stdin with (format csv, null '', encoding 'UTF8')`, look.cells.lines())
  await tx.query(sql.collectBad)
  const refused = road.judgement.firstBroken === undefined ? [] : await linesOfBad()
  if (refused.length > 0) {
    await tx.query(statements.removeBad)
    await tx.query(statements.forgetBad)
  }
  const references = road.references.filter((reference) => reference.columns.join() === look.columns.join())
  if (references.length > 0) {
    await tx.query(sql.collectOrphans(references))
    refused.push(...(await linesOfBad()))
  }
  const readOtherwise: string[] = []
  for (const [place, column] of part.columns.entries())
    if (await isReadOtherwise(column, road.typed[place] ?? 'null')) readOtherwise.push(column.name)
  await tx.query(`drop table ${stage}, pg_temp.sluice_bad`)
  look.refuse(refused)
  return readOtherwise

  async function linesOfBad(): Promise<number[]> {
    return (await tx.query<{ line: number }>('select line from pg_temp.sluice_bad')).map(({ line }) => line)
  }

  async function isReadOtherwise({ staged: text, column }: StagedColumn, value: string): Promise<boolean> {
    const type = postgresType(column.type)
    // The same cast that COPY does.
    if (value === text || value === `${text}::${type}`) return false
    const [answer] = await tx.query<{ found: boolean }>(
      `select exists (select from ${stage} where ${text} is not null
         and case when pg_input_is_valid(${text}, '${type}') then (${value}) is distinct from ${text}::${type} else true end) as found`,
    )
    return answer?.found === true
  }
}
