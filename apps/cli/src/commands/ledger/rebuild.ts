import { command } from '../../cli/command.ts'
import { count } from '../../format/words.ts'

export const rebuildLedger = command({
  path: 'ledger rebuild',
  summary: 'Add to the ledger what the sinks recorded and it lacks; they are the truth, it is their projection',
  examples: ['sluice ledger rebuild', 'sluice ledger rebuild --project crypto-coincap --json'],
  run: async ({ client, output, global }) => {
    const rebuilt = await (await client()).ledger.rebuild({ query: { project: global.project } })
    output.result(rebuilt, () => `${count(rebuilt.receipts)} receipts in lake and warehouse, ${count(rebuilt.added)} added to the ledger`)
    if (rebuilt.foreign > 0) output.note(`${count(rebuilt.foreign)} belong to runs that the metadata database does not know.`)
    return 0
  },
})
