import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { given, requestErrors } from '@sluice/core'
import { z } from 'zod'
import { streamEndpoint } from '../../endpoint/endpoint.ts'
import { streamInTurn } from '../../endpoint/in-turn.ts'
import { UsageError } from '../../endpoint/usage.ts'
import { inProject } from '../../schemas/values.ts'
import { projectOfDatasetAsked } from '../scope.ts'
import { contentTypes, formats, mediaTypes } from './formats.ts'
import { fileOption, formatAsked, toFile } from './to-file.ts'

export const readLake = streamEndpoint({
  name: 'lake.read',
  method: 'get',
  path: '/lake/rows',
  right: 'viewer',
  scope: projectOfDatasetAsked,
  summary: 'Rows of a table of the lake, or of any Delta table by its path',
  query: z.object({
    ...inProject,
    dataset: z.string().min(1).optional(),
    path: z.string().min(1).optional().describe('any Delta table on this machine; for the command line in process only'),
    version: z.coerce.number().int().min(0).optional().describe('as of this version'),
    format: z.enum(formats).default('json').describe('format of the rows'),
    limit: z.coerce.number().int().min(1).optional().describe('how many rows at most'),
  }),
  contentTypes: mediaTypes,
  handle: async ({ lakes, turns }, { query: { dataset, path, project, ...rest }, caller, signal }) => {
    if (path !== undefined && caller.kind !== 'owner') {
      throw requestErrors.denied('paths are read by the command line only', {
        facts: { path, anonymous: false },
        next: 'Name the dataset instead, or run the command on that machine without --url.',
      })
    }
    if ((dataset === undefined) === (path === undefined)) {
      throw requestErrors.invalid('name either a dataset or a path', { next: 'Give exactly one of "dataset" and "path".' })
    }
    const options = given(rest)
    const { format } = options
    const contentType = contentTypes[format]
    if (path !== undefined) return { contentType, fileName: `table.${format}`, chunks: await lakes.folder(path, options, signal) }
    const target = given({ dataset: dataset ?? '', project })
    const fileName = `${target.dataset.split(':').at(-1)}.${format}`
    const open = async () => await (await lakes.of(target)).file(target.dataset, options, signal)
    return { contentType, fileName, chunks: await streamInTurn(turns, { caller, signal }, open) }
  },
  terminal: {
    args: [{ name: 'dataset-or-path', description: 'silver.assets, a full id, or a folder such as ./data/table' }],
    fields: ['version', 'limit'],
    // Without a default here: the ending of the file says it too.
    options: [{ flags: '--format <format>', description: 'format of the rows; that of the file, else JSON', choices: formats }, fileOption],
    examples: [
      'sluice lake read silver.assets --limit 5',
      'sluice lake read .sluice/lake/crypto-coincap/silver/assets --version 3 --format csv -o assets.csv',
    ],
    // A folder of this machine, which a server reads for nobody.
    inOwnProcess: (line) => isPath(line.arg('dataset-or-path')),
    run: async (terminal, line, send) => {
      const { output, project, signal } = terminal
      const name = line.arg('dataset-or-path')
      const format = formatAsked(line) ?? 'json'
      if (output.json && format !== 'json') throw new UsageError('--json gives JSON: leave out --format')
      const what = isPath(name) ? { path: resolve(name) } : { dataset: name }
      const query = given({ ...what, project, version: line.number('version'), limit: line.number('limit'), format })
      return await toFile(output, line, format, () => send({ query, signal }))
    },
  },
})

/** Names of datasets have one point and no slash; a folder of that name here still counts as a path when it holds a Delta log. */
const isPath = (name: string): boolean => /[/\\]/.test(name) || name === '.' || existsSync(resolve(name, '_delta_log'))
