import { endpoint } from '../../endpoint/endpoint.ts'
import { backfillSummary } from '../../schemas/backfills.ts'
import { projectOfBackfill } from '../scope.ts'
import { ofBackfill } from './of-id.ts'
import { backfillText } from './text.ts'

export const showBackfill = endpoint({
  name: 'backfills.show',
  method: 'get',
  path: '/backfills/{backfill}',
  right: 'viewer',
  scope: projectOfBackfill,
  summary: 'A backfill and how far it is',
  params: ofBackfill,
  answer: backfillSummary,
  handle: ({ engine }, { params }) => engine.backfillOf(params.backfill),
  terminal: { args: ['backfill'], examples: ['sluice backfills show 7'], show: (backfill) => backfillText(backfill) },
})
