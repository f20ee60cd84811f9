import { count, counted, relative, table } from '@sluice/serve/terminal'
import { command } from '../../cli/command.ts'
import { refuseUrl } from '../../cli/rehearse.ts'

/** What a server tells of sources. */
const toldByLedger = 'Leave out --url, or ask the server what its pulls have written: "sluice ledger list --url URL --json".'

export const listSources = command({
  path: 'sources list',
  summary: 'List the sources that steps pull, and what was pulled of each',
  examples: ['sluice sources list', 'sluice sources list --project furniture --json'],
  run: async ({ platform, output, global }) => {
    refuseUrl(global, 'sources are told from the projects and the lake of this machine', toldByLedger)
    const { declaredSources, pulledSources, sourcesOf } = await import('@sluice/platform')
    const { definitions, settings } = await platform()
    const sources = await pulledSources(settings, sourcesOf(settings, await declaredSources(await definitions()), global.project))
    output.result(sources, () =>
      table(
        sources,
        [
          { title: 'PROJECT', of: ({ project }) => project },
          { title: 'SOURCE', of: ({ source }) => source },
          { title: 'DATASET', of: ({ dataset }) => dataset.slice(dataset.indexOf(':') + 1) },
          { title: 'PIPELINE', of: ({ pipeline }) => pipeline },
          { title: 'FILES', of: ({ files }) => count(files), align: 'right' },
          { title: 'MOVED', of: ({ moved }) => count(moved), align: 'right' },
          { title: 'WRITTEN', of: ({ rowsWritten }) => count(rowsWritten), align: 'right' },
          { title: 'QUARANTINED', of: ({ rowsQuarantined }) => count(rowsQuarantined), align: 'right' },
          { title: 'PULLED', of: ({ pulledAt }) => (pulledAt === null ? 'never' : relative(pulledAt, Date.now())) },
        ],
        'No step pulls a source: pull({ from: fileSource({ folder }), into: dataset }).',
      ),
    )
    for (const { source, retained, keep } of sources)
      if (retained !== null && retained > 0)
        output.note(
          `${source}: the rows of ${counted(retained, 'file')} have gone, since the dataset keeps ${keep}; they are not pulled again`,
        )
    return 0
  },
})
