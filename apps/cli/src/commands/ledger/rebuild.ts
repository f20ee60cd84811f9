import { command } from '../../cli/command.ts'
import { count } from '../../format/words.ts'

export const rebuildLedger = command({
  path: 'ledger rebuild',
  summary: 'Make projections anew: the ledger from the receipts of the sinks, the runs in the warehouses from the metadata',
  examples: ['sluice ledger rebuild', 'sluice ledger rebuild --project crypto-coincap --json'],
  run: async ({ client, output, global }) => {
    const rebuilt = await (await client()).ledger.rebuild({ query: { project: global.project } })
    output.result(rebuilt, () => `${count(rebuilt.receipts)} receipts in lake and warehouse, ${count(rebuilt.added)} added to the ledger`)
    if (rebuilt.foreign > 0) output.note(`${count(rebuilt.foreign)} belong to runs that the metadata database does not know.`)
    if (rebuilt.runs > 0)
      output.note(
        `${count(rebuilt.runs)} runs are copied to the warehouses again, at once where tasks are executed, else by the next command that does.`,
      )
    return 0
  },
})
