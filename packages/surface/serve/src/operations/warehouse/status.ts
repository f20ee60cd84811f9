import type { MigrationsAnswer } from '@sluice/warehouse'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { table } from '../../format/table.ts'
import { relative } from '../../format/words.ts'
import { ofProject } from '../../schemas/values.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'

const migrationsAnswer: z.ZodType<MigrationsAnswer> = z
  .object({
    project: z.string(),
    applied: z.array(z.object({ id: z.string(), appliedAt: z.number().meta({ description: 'Epoch milliseconds.' }) })),
    pending: z.array(z.string()).meta({ description: 'Those that wait, in their order.' }),
    faults: z
      .array(z.object({ id: z.string(), what: z.string(), next: z.string() }))
      .meta({ description: 'Migrations that were changed after they had been applied, are gone, or come too late.' }),
  })
  .meta({ id: 'MigrationsAnswer' })

export const warehouseStatus = endpoint({
  name: 'warehouse.status',
  method: 'get',
  path: '/warehouse/{project}/migrations',
  right: 'viewer',
  scope: namedProject,
  summary: 'The migrations of a project: which are applied, and which wait',
  params: ofProject,
  answer: migrationsAnswer,
  handle: async ({ warehouses }, { params }) => await (await warehouses.of(params.project)).migrations(),
  terminal: {
    args: [{ field: 'project', description: 'the project; may be left out when there is one', optional: true }],
    examples: ['sluice warehouse status', 'sluice warehouse status crypto-coincap --json'],
    input: async (terminal, line) => ({ params: { project: await projectOf(terminal, line) } }),
    show: ({ applied, pending, faults }, { now }) =>
      table(
        [...applied, ...pending.map((id) => ({ id, appliedAt: null }))],
        [
          { title: 'MIGRATION', of: ({ id }) => id },
          { title: 'APPLIED', of: ({ appliedAt }) => (appliedAt === null ? 'waits' : relative(appliedAt, now)) },
          ...(faults.length === 0
            ? []
            : [{ title: 'FAULT', of: ({ id }: { readonly id: string }) => faults.find((each) => each.id === id)?.what ?? '' }]),
        ],
        'The project has no migrations.',
      ),
    after: ({ output }, { faults }) => {
      for (const { id, what, next } of faults) output.note(`The migration ${id} ${what}. ${next}`)
    },
    exit: ({ faults }) => (faults.length === 0 ? 0 : 1),
  },
})
