import { z } from '@hono/zod-openapi'
import { endpoint } from '../endpoint.ts'
import { ledgerEntry } from '../schemas/runs.ts'
import { given, inProject, pageOf, paging } from '../schemas/values.ts'

export const listLedger = endpoint({
  method: 'get',
  path: '/ledger',
  tag: 'ledger',
  summary: 'Receipts of everything written, newest first',
  query: z.object({ ...inProject, dataset: z.string().optional(), run: z.string().optional(), ...paging }),
  answer: pageOf(ledgerEntry),
  handle: ({ engine }, { query }) => engine.ledger(given(query)),
})
