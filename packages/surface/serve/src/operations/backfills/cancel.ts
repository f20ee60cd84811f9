import { endpoint } from '../../endpoint/endpoint.ts'
import { backfillSummary } from '../../schemas/backfills.ts'
import { projectOfBackfill } from '../scope.ts'
import { ofBackfill } from './of-id.ts'
import { backfillText } from './text.ts'

export const cancelBackfill = endpoint({
  name: 'backfills.cancel',
  method: 'post',
  path: '/backfills/{backfill}/cancel',
  right: 'editor',
  scope: projectOfBackfill,
  audit: 'within',
  summary: 'Cancel all runs of a backfill that have not ended',
  params: ofBackfill,
  answer: backfillSummary,
  handle: ({ engine }, { params, by }) => engine.cancelBackfill(params.backfill, by),
  terminal: { args: ['backfill'], examples: ['sluice backfills cancel 7'], show: (backfill) => backfillText(backfill) },
})
