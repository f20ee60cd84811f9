import { given } from '@sluice/core'
import type { DiffAnswer } from '@sluice/warehouse'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { counted } from '../../format/words.ts'
import { flag, ofProject } from '../../schemas/values.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'
import { decideRenames, refuseLoss } from './decide-renames.ts'
import { writeMigration } from './write-migration.ts'

const migration = z.object({ id: z.string(), up: z.string(), down: z.string() })

export const diffAnswer: z.ZodType<DiffAnswer> = z
  .object({
    project: z.string(),
    folder: z.string().meta({ description: 'Of the migrations, on the machine of the platform.' }),
    differences: z
      .array(z.string())
      .meta({ description: 'Where what the migrations make differs from what is declared, a sentence each.' }),
    pending: z.array(z.string()).meta({ description: 'Migrations that wait; what they bring is not a difference.' }),
    migration: migration.nullable(),
    further: z.array(migration).meta({ description: 'Migrations behind it: what runs in no transaction has a file of its own.' }),
    losses: z.array(z.string()).meta({ description: 'What it takes from rows that are there, a sentence each.' }),
    questions: z
      .array(z.object({ from: z.string(), to: z.string(), taken: z.boolean() }))
      .meta({ description: 'What may be one thing under two names; `taken` where the migration renames it.' }),
    byHand: z.array(z.string()).meta({ description: 'What somebody has changed in the database by hand, a sentence each.' }),
    proved: z.boolean().meta({ description: 'Up led to what is declared in a scratch database, and down back.' }),
    notes: z.array(z.string()).meta({ description: 'Why something was not done.' }),
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
    renames: z.string().min(1).optional().describe('new names, with commas between them: shop.orders.old=new,shop.orders=shop.sales'),
    allowLoss: flag.optional().describe('what is not among the renames is dropped, with its values'),
  }),
  answer: diffAnswer,
  handle: async ({ warehouses }, { params, query: { renames, ...rest } }) =>
    await (await warehouses.of(params.project)).diff(given({ ...rest, renames: renames?.split(',') })),
  terminal: {
    args: [{ field: 'project', description: 'the project; may be left out when there is one', optional: true }],
    fields: [],
    options: [
      { flags: '--write <name>', description: 'write it as the next migration of the project: the .up.sql and the .down.sql' },
      {
        flags: '--rename <old=new...>',
        description: 'a column (schema.table.old=new) or a table (schema.old=schema.new) under a new name',
      },
      { flags: '--allow-loss', description: 'write a migration that takes values or tables away' },
    ],
    examples: [
      'sluice warehouse diff',
      'sluice warehouse diff crypto-coincap --write rank_of_assets',
      'sluice warehouse diff crypto-coincap --write rank --rename public.crypto_horaire.rang=rank',
    ],
    run: async (terminal, line, send) => {
      const { output } = terminal
      const name = line.text('write')
      const params = { project: await projectOf(terminal, line) }
      const ask = (renames: readonly string[], allowLoss: boolean) =>
        send({
          params,
          query: given({ name, renames: renames.length === 0 ? undefined : renames.join(','), allowLoss: allowLoss ? true : undefined }),
        })
      const [renames, allowLoss] = [line.list('rename'), line.flag('allowLoss')]
      let answer = await ask(renames, allowLoss)
      if (name !== undefined && answer.migration !== null) {
        const decided = await decideRenames(terminal, answer, allowLoss)
        if (decided !== undefined) answer = await ask([...renames, ...decided], true)
        await refuseLoss(terminal, answer, allowLoss)
      }
      const { project, folder, differences, pending, migration, further } = answer
      output.result(answer, () => diffText(answer))
      for (const note of answer.notes) output.note(note)
      if (migration === null) {
        if (pending.length > 0) output.note(`Apply what waits: sluice warehouse migrate ${project}`)
        return pending.length + answer.byHand.length > 0 ? 1 : 0
      }
      if (name === undefined) {
        for (const loss of answer.losses) output.note(`Lost with it: ${loss}`)
        output.note(
          `${counted(differences.length, 'difference')}. Write this migration with: sluice warehouse diff ${project} --write NAME`,
        )
        return 1
      }
      for (const each of [migration, ...further]) for (const file of await writeMigration(folder, each)) output.note(`written: ${file}`)
      if (answer.proved) output.note('Tried out in a scratch database: up leads to what is declared, down back to what was there.')
      const before = pending.length === 0 ? '' : `, behind ${pending.join(', ')}`
      output.note(`Read it, then apply it${before} with: sluice warehouse migrate ${project}`)
      return 0
    },
  },
})

const diffText = ({ project, differences, pending, migration, further, byHand }: DiffAnswer): string =>
  [
    ...byHand.map((each) => `-- By hand: ${each}`),
    ...(migration === null
      ? [
          pending.length > 0
            ? `${project}: ${pending.join(', ')} ${pending.length === 1 ? 'waits' : 'wait'} to be applied`
            : `${project}: the database is what the datasets say`,
        ]
      : [
          ...differences.map((difference) => `-- ${difference}`),
          '',
          ...[migration, ...further].map(({ id, up }) => (further.length === 0 ? up.trimEnd() : `-- ${id}.up.sql\n${up.trimEnd()}\n`)),
        ]),
  ].join('\n')
