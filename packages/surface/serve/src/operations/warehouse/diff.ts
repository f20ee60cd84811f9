import { given } from '@sluice/core'
import type { DiffAnswer } from '@sluice/warehouse'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { counted } from '../../format/words.ts'
import { ofProject } from '../../schemas/values.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'
import { writeMigration } from './write-migration.ts'

const diffAnswer: z.ZodType<DiffAnswer> = z
  .object({
    project: z.string(),
    folder: z.string().meta({ description: 'Of the migrations, on the machine of the platform.' }),
    differences: z.array(z.string()).meta({ description: 'Where the database differs from the datasets, a sentence each.' }),
    pending: z.array(z.string()).meta({ description: 'Migrations that wait; what they bring is not a difference.' }),
    migration: z.object({ id: z.string(), up: z.string(), down: z.string() }).nullable(),
  })
  .meta({ id: 'DiffAnswer' })

export const diffWarehouse = endpoint({
  name: 'warehouse.diff',
  method: 'get',
  path: '/warehouse/{project}/diff',
  right: 'admin',
  scope: namedProject,
  summary: 'Where the database of a project differs from its datasets, and the migration that ends it',
  params: ofProject,
  query: z.object({
    name: z
      .string()
      .regex(/^[a-z0-9_-]{1,80}$/, 'a name of a migration is made of small letters, digits, _ and -')
      .optional()
      .describe('of the migration; the table names it unless given'),
  }),
  answer: diffAnswer,
  handle: async ({ warehouses }, { params, query }) => await (await warehouses.of(params.project)).diff(query.name),
  terminal: {
    args: [{ field: 'project', description: 'the project; may be left out when there is one', optional: true }],
    fields: [],
    options: [{ flags: '--write <name>', description: 'write it as the next migration of the project: the .up.sql and the .down.sql' }],
    examples: ['sluice warehouse diff', 'sluice warehouse diff crypto-coincap --write rank_of_assets'],
    run: async (terminal, line, send) => {
      const { output } = terminal
      const name = line.text('write')
      const answer = await send({ params: { project: await projectOf(terminal, line) }, query: given({ name }) })
      const { project, folder, differences, pending, migration } = answer
      output.result(answer, () => diffText(answer))
      if (migration === null) {
        if (pending.length > 0) output.note(`Apply what waits: sluice warehouse migrate ${project}`)
        return pending.length > 0 ? 1 : 0
      }
      if (name === undefined) {
        output.note(
          `${counted(differences.length, 'difference')}. Write this migration with: sluice warehouse diff ${project} --write NAME`,
        )
        return 1
      }
      for (const file of await writeMigration(folder, migration)) output.note(`written: ${file}`)
      const before = pending.length === 0 ? '' : `, behind ${pending.join(', ')}`
      output.note(`Read it, then apply it${before} with: sluice warehouse migrate ${project}`)
      return 0
    },
  },
})

const diffText = ({ project, differences, pending, migration }: DiffAnswer): string =>
  migration === null
    ? pending.length > 0
      ? `${project}: ${pending.join(', ')} ${pending.length === 1 ? 'waits' : 'wait'} to be applied`
      : `${project}: the database is what the datasets say`
    : [...differences.map((difference) => `-- ${difference}`), '', migration.up.trimEnd()].join('\n')
