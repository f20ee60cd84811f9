import { given } from '@sluice/core'
import type { Maintenance } from '@sluice/lake'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { bytes, count } from '../../format/words.ts'
import { whole } from '../../schemas/values.ts'
import { projectOfDataset } from '../scope.ts'
import { target } from './target.ts'

const optimizeAnswer: z.ZodType<Awaited<ReturnType<Maintenance['optimize']>>> = z
  .object({
    version: whole,
    filesRemoved: whole,
    filesAdded: whole,
    bytesRemoved: whole,
    bytesAdded: whole,
    partitions: whole,
    skipped: whole,
  })
  .meta({ id: 'OptimizeAnswer' })

export const optimizeTable = endpoint({
  name: 'lake.optimize',
  method: 'post',
  path: '/lake/optimize',
  right: 'admin',
  scope: projectOfDataset,
  audit: 'around',
  summary: 'Write the small files of a table together; rows and earlier versions stay',
  body: z.object({
    ...target,
    clusterBy: z.array(z.string().min(1)).optional().describe('sort by these columns as well, so that filters on them skip files'),
  }),
  answer: optimizeAnswer,
  handle: async ({ lakes }, { body: { clusterBy, ...target } }) =>
    await (await lakes.of(given(target))).optimize(target.dataset, given({ clusterBy })),
  terminal: {
    args: ['dataset'],
    change: { clusterBy: { flags: '--cluster-by <column...>' } },
    examples: ['sluice lake optimize silver.assets', 'sluice lake optimize silver.assets --cluster-by crypto_id'],
    show: ({ version, filesRemoved, bytesRemoved, filesAdded, bytesAdded, partitions }) =>
      filesRemoved === 0
        ? `nothing to do: version ${version} stays`
        : `version ${version}: ${count(filesRemoved)} files (${bytes(bytesRemoved)}) became ${count(filesAdded)} (${bytes(bytesAdded)}) ` +
          `in ${count(partitions)} ${partitions === 1 ? 'partition' : 'partitions'}`,
  },
})
