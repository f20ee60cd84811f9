import { z } from '@hono/zod-openapi'
import { given } from '@sluice/core'
import { endpoint } from '../endpoint.ts'
import { ledgerEntry, ledgerRebuilt } from '../schemas/runs.ts'
import { inProject, pageOf, paging } from '../schemas/values.ts'

export const listLedger = endpoint({
  method: 'get',
  path: '/ledger',
  tag: 'ledger',
  summary: 'Receipts of everything written, newest first',
  query: z.object({ ...inProject, dataset: z.string().optional(), run: z.string().optional(), ...paging }),
  answer: pageOf(ledgerEntry),
  handle: ({ engine }, { query }) => engine.ledger(given(query)),
})

export const rebuildLedger = endpoint({
  method: 'post',
  path: '/ledger/rebuild',
  tag: 'ledger',
  summary: 'Read the receipts of all sinks and add to the ledger what is missing in it; have the runs copied to the warehouses again',
  query: z.object(inProject),
  answer: ledgerRebuilt,
  handle: async ({ engine, lake, warehouse }, { query }) => {
    const filter = given(query)
    const receipts = [...(await lake.receipts(filter)), ...(await warehouse.receipts(filter))]
    const recorded = await engine.recordReceipts(receipts)
    return { receipts: receipts.length, ...recorded, runs: await engine.copyRunsAgain(filter.project) }
  },
})
