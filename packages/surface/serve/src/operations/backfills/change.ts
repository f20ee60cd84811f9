import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { backfillSummary } from '../../schemas/backfills.ts'
import { projectOfBackfill } from '../scope.ts'
import { ofBackfill } from './of-id.ts'
import { backfillText } from './text.ts'

export const changeBackfill = endpoint({
  name: 'backfills.change',
  method: 'patch',
  path: '/backfills/{backfill}',
  right: 'editor',
  scope: projectOfBackfill,
  audit: 'within',
  summary: 'Pause or resume a backfill',
  params: ofBackfill,
  body: z.object({ paused: z.boolean() }),
  answer: backfillSummary,
  handle: ({ engine }, { params, body, by }) => engine.pauseBackfill(params.backfill, body.paused, by),
  terminal: [
    {
      path: 'backfills pause',
      summary: 'Let no run of a backfill begin; those under way go on',
      args: ['backfill'],
      fields: [],
      examples: ['sluice backfills pause 7'],
      fixed: { body: { paused: true } },
      show: (backfill) => backfillText(backfill),
    },
    {
      path: 'backfills resume',
      summary: 'Let the runs of a paused backfill begin again',
      args: ['backfill'],
      fields: [],
      examples: ['sluice backfills resume 7'],
      fixed: { body: { paused: false } },
      show: (backfill) => backfillText(backfill),
    },
  ],
})
