import { command } from '../../cli/command.ts'
import { refuseUrl } from '../../cli/rehearse.ts'

export const listSources = command({
  path: 'sources list',
  summary: 'List the sources that steps pull, and what was pulled of each',
  examples: ['sluice sources list', 'sluice sources list --project shop --json'],
  run: async ({ platform, output, global }) => {
    refuseUrl(global)
    const { declaredSources, pulledSources } = await import('@sluice/platform')
    const { definitions, settings } = await platform()
    const of = (await declaredSources(await definitions())).filter(
      ({ project }) => global.project === undefined || project === global.project,
    )
    const sources = await pulledSources(settings, of)
    output.result(sources, () =>
      sources.length === 0
        ? 'No step pulls a source: pull({ from: fileSource({ folder }), into: dataset }).'
        : sources
            .map(({ project, source, pipeline, dataset, files, rowsWritten, rowsQuarantined, pulledAt }) => {
              const when =
                pulledAt === null
                  ? 'not pulled yet'
                  : `${files === null ? '' : `${files === 1 ? '1 file' : `${files} files`}, `}${rowsWritten} rows written, ${rowsQuarantined} in quarantine, last ${new Date(pulledAt).toISOString()}`
              return `${project} ${source} -> ${dataset} (${pipeline}): ${when}`
            })
            .join('\n'),
    )
    return 0
  },
})
