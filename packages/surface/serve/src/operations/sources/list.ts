import { given } from '@sluice/core'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { sees } from '../../endpoint/visible.ts'
import { table } from '../../format/table.ts'
import { count, counted, relative } from '../../format/words.ts'
import { pulledSource } from '../../schemas/sources.ts'
import { inProject, onePage, pageOf } from '../../schemas/values.ts'
import { listDefinitionErrors } from '../pipelines/errors.ts'

export const listSources = endpoint({
  name: 'sources.list',
  method: 'get',
  path: '/sources',
  right: 'viewer',
  scope: 'projects',
  summary: 'The sources that steps pull, and what was pulled of each',
  query: z.object(inProject),
  answer: pageOf(pulledSource),
  handle: async ({ sources }, { query: { project }, projects }) => {
    if (project !== undefined && !sees(projects, project)) return onePage([])
    const seen = (await sources.all(project)).filter((each) => sees(projects, each.project))
    return onePage(await sources.held(seen))
  },
  terminal: {
    summary: 'List the sources that steps pull, and what was pulled of each',
    examples: ['sluice sources list', 'sluice sources list --project furniture --json'],
    show: ({ items }, { now }) =>
      table(
        items,
        [
          { title: 'PROJECT', of: ({ project }) => project },
          { title: 'SOURCE', of: ({ source }) => source },
          { title: 'DATASET', of: ({ dataset }) => dataset.slice(dataset.indexOf(':') + 1) },
          { title: 'PIPELINE', of: ({ pipeline }) => pipeline },
          { title: 'FILES', of: ({ files }) => count(files), align: 'right' },
          { title: 'MOVED', of: ({ moved }) => count(moved), align: 'right' },
          { title: 'WRITTEN', of: ({ rowsWritten }) => count(rowsWritten), align: 'right' },
          { title: 'QUARANTINED', of: ({ rowsQuarantined }) => count(rowsQuarantined), align: 'right' },
          { title: 'PULLED', of: ({ pulledAt }) => (pulledAt === null ? 'never' : relative(pulledAt, now)) },
        ],
        'No step pulls a source: pull({ from: fileSource({ folder }), into: dataset }).',
      ),
    after: async ({ call, output, project }, { items }) => {
      const errors = (await call(listDefinitionErrors, { query: given({ project }) })).items
      if (errors.length > 0) output.note(`${counted(errors.length, 'definition error')}: see "sluice pipelines errors"`)
      for (const { source, retained, keep } of items)
        if (retained !== null && retained > 0)
          output.note(
            `${source}: the rows of ${counted(retained, 'file')} have gone, since the dataset keeps ${keep}; they are not pulled again`,
          )
    },
  },
})
