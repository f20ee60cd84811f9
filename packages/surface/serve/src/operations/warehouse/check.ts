import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { counted } from '../../format/words.ts'
import { ofProject } from '../../schemas/values.ts'
import { projectOf } from '../config/project-of.ts'
import { namedProject } from '../scope.ts'

export const checkWarehouse = endpoint({
  name: 'warehouse.check',
  method: 'get',
  path: '/warehouse/{project}/check',
  right: 'admin',
  scope: namedProject,
  summary: 'Whether migrations, database and what is declared are one; for CI',
  params: ofProject,
  answer: z
    .object({
      project: z.string(),
      faults: z.array(z.string()).meta({ description: 'A sentence each: what waits, what differs, what was changed by hand.' }),
      pending: z.array(z.string()).meta({ description: 'Migrations that wait; each is one of the faults.' }),
      notes: z.array(z.string()).meta({ description: 'What was not looked at, and why.' }),
    })
    .meta({ id: 'WarehouseCheck' }),
  handle: async ({ warehouses }, { params: { project } }) => {
    const { differences, pending, byHand, notes } = await (await warehouses.of(project)).diff()
    const waiting = pending.map((id) => `migration ${id} waits to be applied`)
    return { project, faults: [...waiting, ...differences, ...byHand], pending, notes }
  },
  terminal: {
    args: [{ field: 'project', description: 'the project; may be left out when there is one', optional: true }],
    examples: ['sluice warehouse check', 'sluice warehouse check crypto-coincap --json'],
    run: async (terminal, line, send) => {
      const { output } = terminal
      const answer = await send({ params: { project: await projectOf(terminal, line) } })
      const { project, faults, pending, notes } = answer
      output.result(answer, () =>
        faults.length === 0 ? `${project}: migrations, database and declarations are one` : faults.map((fault) => `- ${fault}`).join('\n'),
      )
      for (const note of notes) output.note(note)
      const next =
        faults.length === pending.length
          ? `Apply what waits: sluice warehouse migrate ${project}`
          : `What ends them: sluice warehouse diff ${project}`
      if (faults.length > 0) output.note(`${counted(faults.length, 'fault')}. ${next}`)
      return faults.length === 0 ? 0 : 1
    },
  },
})
