import type { SinkReceipt } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { count } from '../../format/words.ts'
import { inProject } from '../../schemas/values.ts'

const ledgerRebuilt = z
  .object({
    receipts: z.number().int().meta({ description: 'In the sinks.' }),
    added: z.number().int(),
    foreign: z.number().int().meta({ description: 'Of runs that this metadata database does not know.' }),
    runs: z.number().int().meta({ description: 'Copied to the warehouses before; whoever executes copies them again.' }),
  })
  .meta({ id: 'LedgerRebuilt' })

export const rebuildLedger = endpoint({
  name: 'ledger.rebuild',
  method: 'post',
  path: '/ledger/rebuild',
  right: 'admin',
  scope: 'platform',
  audit: 'around',
  summary: 'Rebuild the ledger from the receipts of the stores, and the copies of the runs in the warehouses',
  query: z.object(inProject),
  answer: ledgerRebuilt,
  handle: async ({ engine, lakes, warehouses }, { query: { project } }) => {
    const sinks = [...(await lakes.all(project)), ...(await warehouses.all(project))]
    const receipts = (await Promise.all(sinks.map((sink): Promise<readonly SinkReceipt[]> => sink.receipts()))).flat()
    const recorded = await engine.recordReceipts(receipts)
    return { receipts: receipts.length, ...recorded, runs: await engine.copyRunsAgain(project) }
  },
  terminal: {
    examples: ['sluice ledger rebuild', 'sluice ledger rebuild --project crypto-coincap --json'],
    show: ({ receipts, added }) => `${count(receipts)} receipts in lake and warehouse, ${count(added)} added to the ledger`,
    after: ({ output }, { foreign, runs }) => {
      if (foreign > 0) output.note(`${count(foreign)} belong to runs that the metadata database does not know.`)
      if (runs === 0) return
      output.note(
        `${count(runs)} runs are copied to the warehouses again, at once where tasks are executed, else by the next command that does.`,
      )
    },
  },
})
