import { given } from '@sluice/core'
import type { MigrateAnswer } from '@sluice/warehouse'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { ofProject } from '../../schemas/values.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'

const migrateAnswer: z.ZodType<MigrateAnswer> = z
  .object({
    project: z.string(),
    dryRun: z.boolean(),
    steps: z.array(z.object({ direction: z.enum(['up', 'down']), id: z.string() })),
    views: z
      .object({
        again: z.array(z.string()).meta({ description: 'Made again behind the steps, as their models had made them.' }),
        gone: z.array(z.string()).meta({ description: 'Not there until their models run: what they read is gone, or is otherwise.' }),
      })
      .meta({ description: 'Views of models that read what the steps changed.' }),
  })
  .meta({ id: 'MigrateAnswer' })

export const migrateWarehouse = endpoint({
  name: 'warehouse.migrate',
  method: 'post',
  path: '/warehouse/{project}/migrate',
  right: 'admin',
  scope: namedProject,
  audit: 'around',
  summary: 'Bring the tables of a project to its latest migration, or take migrations back',
  params: ofProject,
  body: z.object({
    direction: z.enum(['up', 'down']).default('up'),
    to: z.string().min(1).optional().describe('the migration that shall be the last applied; "none" with --down'),
    dryRun: z.boolean().optional().describe('only list what would run'),
  }),
  answer: migrateAnswer,
  handle: async ({ warehouses }, { params, body }) => await (await warehouses.of(params.project)).migrate(given(body)),
  terminal: {
    args: [{ field: 'project', description: 'the project; may be left out when there is one', optional: true }],
    fields: ['to', 'dryRun'],
    change: { to: { flags: '--to <migration>' } },
    options: [{ flags: '--down', description: 'take back the latest migration, or those after --to' }],
    examples: [
      'sluice warehouse migrate',
      'sluice warehouse migrate crypto-coincap --down --dry-run',
      'sluice warehouse migrate crypto-coincap --to 0002_market',
    ],
    input: async (terminal, line) => ({
      params: { project: await projectOf(terminal, line) },
      body: { direction: line.flag('down') ? ('down' as const) : ('up' as const) },
    }),
    confirm: {
      yes: 'take back without asking: tables are dropped with their rows',
      question: ({ params, body }) =>
        body.direction === 'down' && body.dryRun !== true
          ? `Take back migrations of ${params.project}? Tables that they made are dropped with their rows.`
          : undefined,
    },
    show: ({ project, dryRun, steps }) =>
      steps.length === 0
        ? `${project}: nothing to do`
        : steps.map(({ direction, id }) => `${dryRun ? 'would run ' : ''}${direction === 'up' ? 'up  ' : 'down'}  ${id}`).join('\n'),
    after: ({ output }, { views: { again, gone } }) => {
      for (const name of again) output.note(`${name} reads what was changed: the view was made again.`)
      for (const name of gone)
        output.note(`${name} does not go with what was changed, and is not there until its model runs: sluice models run ${name}`)
    },
  },
})
