import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { inTurn } from '../../endpoint/in-turn.ts'
import { modelDifference, selecting } from '../../schemas/models.ts'
import { ofProject } from '../../schemas/values.ts'
import { namedProject } from '../scope.ts'
import { differenceText } from './difference-text.ts'
import { askedBy, selectOptions } from './selecting.ts'

/** What a command looks at of models that take batches: a look takes seconds, also of a table of years. */
const usualBatches = 20

export const diffModels = endpoint({
  name: 'models.diff',
  method: 'post',
  path: '/models/{project}/diff',
  right: 'editor',
  scope: namedProject,
  // Nothing is written: not to the lake, and the warehouse is asked in transactions that only read.
  audit: 'query',
  summary: 'What models, as their files say them now, would change of the rows that stand; nothing is written',
  params: ofProject,
  body: z.object({
    ...selecting,
    batches: z.int().min(1).max(1_000_000).optional().describe('the newest ones, of models that take batches; all unless given'),
    percent: z.number().min(0.01).max(100).optional().describe('of the rows, chosen by their key; all unless given'),
    examples: z.int().min(0).max(1_000).default(5).describe('rows that are told of each kind'),
  }),
  answer: z.object({ items: z.array(modelDifference) }),
  handle: async ({ models, turns }, { params: { project }, body: { before, batches, percent, ...asked }, caller, signal }) => ({
    items: [
      ...(await inTurn(turns, { caller, signal }, () =>
        models.diff({ project, signal, ...asked, ...given({ before, batches, percent }) }),
      )),
    ],
  }),
  terminal: {
    path: 'models diff',
    summary: 'What models would change of the rows that stand: added, removed and changed rows, before anything is written',
    args: [
      {
        name: 'selection',
        description: 'a selection, such as silver.assets or state:changed; all unless given',
        optional: true,
        many: true,
      },
    ],
    fields: ['batches', 'percent', 'examples'],
    change: { batches: { description: `of models that take batches, so many of the newest (${usualBatches} unless given)` } },
    options: [
      ...selectOptions,
      { flags: '--whole', description: 'all batches' },
      { flags: '--exit-code', description: 'end with 1 where a row would change' },
    ],
    examples: [
      'sluice models diff silver.assets',
      'sluice models diff --select state:changed --whole --json',
      'sluice models diff gold.totals --percent 5 --examples 20 --exit-code',
    ],
    run: async (terminal, line, send) => {
      const { params, body } = await askedBy(terminal, line)
      const batches = line.flag('whole') ? undefined : (line.number('batches') ?? usualBatches)
      const percent = line.number('percent')
      const { items } = await send({ params, body: { ...body, ...given({ batches, percent, examples: line.number('examples') }) } })
      terminal.output.result(items, () =>
        items.length === 0
          ? 'Nothing of the selection is a model.'
          : items.map((each) => differenceText(each, { batches, percent })).join('\n\n'),
      )
      const differs = items.some(({ rows }) => rows.added + rows.removed + rows.changed > 0)
      return differs && line.flag('exitCode') ? 1 : 0
    },
  },
})
