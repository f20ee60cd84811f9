import { projectsWith } from '@sluice/accounts/grants'
import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { count } from '../../format/words.ts'
import { whole } from '../../schemas/values.ts'
import type { RebuildState } from '../../services.ts'
import { target } from '../lake/target.ts'
import { projectOfDataset } from '../scope.ts'

const rebuildState: z.ZodType<RebuildState> = z
  .object({
    dataset: z.string(),
    dryRun: z.boolean(),
    columns: z
      .array(z.object({ column: z.string(), from: z.string().nullable(), to: z.string().nullable() }))
      .meta({ description: 'Columns of the table that are declared otherwise, with their types; null where there is none.' }),
    batches: whole,
    byQuery: whole.meta({ description: 'Batches over whose sources the query is evaluated once more.' }),
    byRows: z
      .array(z.object({ reason: z.string(), batches: whole }))
      .meta({ description: 'Batches whose rows are converted as they are, and why.' }),
    made: whole.meta({ description: 'Batches of the new table that are written.' }),
    finished: z.boolean().meta({ description: 'The new table is in the place of the old one. Until then a further call goes on.' }),
    rowsBefore: whole,
    rows: whole.nullable(),
    quarantined: whole.meta({ description: 'Rows of the batches made that broke a rule.' }),
    version: z.string().nullable(),
  })
  .meta({ id: 'RebuildState' })

export const rebuildModel = endpoint({
  name: 'models.rebuild',
  method: 'post',
  path: '/models/rebuild',
  right: 'admin',
  scope: projectOfDataset,
  audit: 'around',
  summary: 'Make a table of the lake anew, with the columns and the query that its model declares now',
  body: z.object({ ...target, dryRun: z.boolean().optional().describe('only tell what would be done; nothing is written') }),
  answer: rebuildState,
  handle: async ({ models }, { body: { dataset, project, dryRun = false }, caller, signal }) =>
    await models.rebuild({
      dataset,
      dryRun,
      by: caller.actor,
      signal,
      // The lake says of which project a table is, the definitions who makes it: the two may differ.
      projects: projectsWith(caller.grants, 'admin'),
      ...given({ project }),
    }),
  terminal: {
    args: ['dataset'],
    fields: ['dryRun'],
    options: [{ flags: '-y, --yes', description: 'do not ask: the rows of before stay readable as an older version' }],
    examples: [
      'sluice models rebuild silver.assets --dry-run',
      'sluice models rebuild silver.assets --yes',
      'sluice models rebuild silver.assets --project crypto-coincap --yes --json',
    ],
    run: async (terminal, line, send) => {
      const { output, project, signal } = terminal
      const ask = (dryRun: boolean) => send({ body: given({ dataset: line.arg('dataset'), project, dryRun }) })
      const plan = await ask(true)
      if (line.flag('dryRun')) {
        output.result(plan, () => planText(plan).join('\n'))
        return 0
      }
      for (const text of planText(plan)) output.note(text)
      await terminal.confirm(`Rebuild ${plan.dataset}? Until it is done the table stays as it is.`, line.flag('yes'))
      let state = plan
      do {
        signal.throwIfAborted()
        state = await ask(false)
        if (!state.finished) output.note(`${count(state.made)} of ${count(state.batches)} batches`)
      } while (!state.finished)
      output.result(state, () => doneText(state))
      return 0
    },
  },
})

function planText({ dataset, columns, batches, byQuery, byRows, made, rowsBefore }: RebuildState): readonly string[] {
  return [
    `${dataset}: ${count(rowsBefore)} rows of ${count(batches)} batches`,
    ...columns.map(({ column, from, to }) => `column   ${column}: ${from ?? 'new'} -> ${to ?? 'declared no more'}`),
    `query    ${count(byQuery)} batches are evaluated once more`,
    ...byRows.map((each) => `convert  ${count(each.batches)} batches, row by row: ${each.reason}`),
    ...(made === 0 ? [] : [`made     ${count(made)} batches, by an earlier call`]),
  ]
}

const doneText = ({ dataset, version, rows, rowsBefore, quarantined }: RebuildState): string =>
  `${dataset} version ${version ?? ''}: ${count(rows ?? 0)} rows (${count(rowsBefore)} before), ${count(quarantined)} in quarantine`
