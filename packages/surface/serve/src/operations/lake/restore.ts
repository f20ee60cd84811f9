import { given, requestErrors } from '@sluice/core'
import type { Maintenance } from '@sluice/lake'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { instantOf, UsageError } from '../../endpoint/usage.ts'
import { count } from '../../format/words.ts'
import { instantInput, whole } from '../../schemas/values.ts'
import { projectOfDataset } from '../scope.ts'
import { restoreLakeExport } from './restore-export.ts'
import { target } from './target.ts'

const restoreAnswer: z.ZodType<Awaited<ReturnType<Maintenance['restore']>>> = z
  .object({
    version: whole.meta({ description: 'The new version, which is like the older one.' }),
    restoredFiles: whole,
    restoredBytes: whole,
    removedFiles: whole,
    removedBytes: whole,
    files: whole,
    bytes: whole,
  })
  .meta({ id: 'RestoreAnswer' })

export const restoreTable = endpoint({
  name: 'lake.restore',
  method: 'post',
  path: '/lake/restore',
  right: 'admin',
  scope: projectOfDataset,
  audit: 'around',
  summary: 'Make an older version of a table the newest',
  body: z.object({
    ...target,
    version: z.number().int().min(0).optional().describe('the version'),
    timestamp: instantInput.optional().meta({ description: 'the newest version at that time, such as 2026-11-20T12:00:00Z' }),
  }),
  answer: restoreAnswer,
  handle: async ({ lakes }, { body: { dataset, project, version, timestamp } }) => {
    if ((version === undefined) === (timestamp === undefined)) {
      throw requestErrors.invalid('name either a version or an instant', { next: 'Give exactly one of "version" and "timestamp".' })
    }
    const lake = await lakes.of(given({ dataset, project }))
    return await lake.restore(dataset, version === undefined ? { timestamp: timestamp ?? 0 } : { version })
  },
  terminal: {
    summary: 'Make an older version of a table the newest, or put a verified export of gold into a table',
    args: [{ field: 'dataset', description: 'silver.assets with --version or --timestamp; gold.NAME with --into' }],
    fields: ['version', 'timestamp'],
    options: [
      { flags: '--into <table>', description: 'of an export: the table of silver that then holds exactly its rows' },
      { flags: '--export <version>', description: 'of an export: which one, as "lake history" lists them; the newest unless given' },
      { flags: '-y, --yes', description: 'do not ask' },
    ],
    examples: [
      'sluice lake restore silver.assets --version 12',
      'sluice lake restore silver.assets --timestamp 2026-11-20T12:00:00Z --yes',
      'sluice lake restore gold.assets --into silver.assets_restored',
    ],
    run: async (terminal, line, send) => {
      const { output, project } = terminal
      const [version, timestamp, into] = [line.number('version'), line.text('timestamp'), line.text('into')]
      const at = given({ dataset: line.arg('dataset'), project })
      if (into !== undefined) {
        if (version !== undefined || timestamp !== undefined) throw new UsageError('--into takes an export: name it with --export')
        await terminal.confirm(
          `Put the export of ${at.dataset} into ${into}? Its newest version then holds the rows of the export alone.`,
          line.flag('yes'),
        )
        const answer = await terminal.call(restoreLakeExport, { body: { ...at, into, ...given({ version: line.text('export') }) } })
        output.result(answer, () => `${answer.dataset} version ${answer.version}: ${count(answer.rows)} rows of ${answer.from}, verified`)
        return 0
      }
      if ((version === undefined) === (timestamp === undefined))
        throw new UsageError('give --version or --timestamp; for an export, --into')
      const to = version === undefined ? { timestamp: instantOf(timestamp) } : { version }
      await terminal.confirm(
        `Make ${at.dataset} as it was? A new version is made of the older one; those between stay readable.`,
        line.flag('yes'),
      )
      const answer = await send({ body: { ...at, ...to } })
      output.result(answer, () => {
        const { version: made, files, restoredFiles, removedFiles } = answer
        return `version ${made}: ${count(files)} files, ${count(restoredFiles)} of them back, ${count(removedFiles)} gone`
      })
      return 0
    },
  },
})
