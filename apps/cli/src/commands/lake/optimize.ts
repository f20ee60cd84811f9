import { command } from '../../cli/command.ts'
import { bytes, count } from '../../format/words.ts'

export const lakeOptimize = command({
  path: 'lake optimize',
  summary: 'Write the small files of a table together; rows and earlier versions stay',
  args: { '<dataset>': 'silver.assets, or the full id' },
  options: [{ flags: '--cluster-by <column...>', description: 'sort by these columns as well, so that filters on them skip files' }],
  examples: ['sluice lake optimize silver.assets', 'sluice lake optimize silver.assets --cluster-by asset_id'],
  run: async ({ client, output, global }, given) => {
    const clusterBy = given.list('clusterBy')
    const answer = await (await client()).lake.optimize({
      body: {
        dataset: given.arg('dataset'),
        ...(global.project === undefined ? {} : { project: global.project }),
        ...(clusterBy.length === 0 ? {} : { clusterBy: [...clusterBy] }),
      },
    })
    output.result(answer, () =>
      answer.filesRemoved === 0
        ? `nothing to do: version ${answer.version} stays`
        : `version ${answer.version}: ${count(answer.filesRemoved)} files (${bytes(answer.bytesRemoved)}) became ${count(answer.filesAdded)} (${bytes(answer.bytesAdded)}) in ${count(answer.partitions)} ${answer.partitions === 1 ? 'partition' : 'partitions'}`,
    )
    return 0
  },
})
