import { given, unreachable } from '@sluice/core'
import type { Retained } from '@sluice/lake'
import { z } from 'zod'
import { endpoint } from '../../endpoint/endpoint.ts'
import { instantOf } from '../../endpoint/usage.ts'
import { bytes, count, moment } from '../../format/words.ts'
import { instant, instantInput, ofProject, whole } from '../../schemas/values.ts'
import { namedProject } from '../scope.ts'

const retained: z.ZodType<Retained> = z
  .object({
    dryRun: z.boolean(),
    rows: whole.meta({ description: 'That left tables of silver.' }),
    bytes: whole,
    needed: z.array(z.string()).meta({ description: 'Old enough, but nothing was made of them yet.' }),
    steps: z.array(
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('bronze'), name: z.string(), path: z.string(), bytes: whole }),
        z.object({ kind: z.literal('rows'), name: z.string(), column: z.string(), before: instant }),
        z.object({ kind: z.literal('export'), name: z.string(), version: z.string(), bytes: whole }),
      ]),
    ),
  })
  .meta({ id: 'Retained' })

export const retainLake = endpoint({
  name: 'lake.retain',
  method: 'post',
  path: '/lake/{project}/retain',
  right: 'admin',
  scope: namedProject,
  audit: 'around',
  summary: 'Delete what the retention of the project no longer keeps in its lake',
  params: ofProject,
  body: z.object({
    now: instantInput.optional().meta({ description: 'the logical time that ages count from; now unless given' }),
    dryRun: z.boolean().optional().describe('only list what would be deleted'),
  }),
  answer: retained,
  handle: async ({ lakes }, { params: { project }, body: { now, dryRun } }) =>
    await (await lakes.named(project)).retain(given({ now: now ?? Date.now(), dryRun })),
  terminal: {
    args: ['project'],
    fields: ['now', 'dryRun'],
    change: { now: { flags: '--at <time>' } },
    options: [{ flags: '-y, --yes', description: 'do not ask: what is deleted cannot be read again; receipts stay' }],
    examples: ['sluice lake retain crypto-coincap --dry-run', 'sluice lake retain crypto-coincap --yes'],
    run: async (terminal, line, send) => {
      const { output } = terminal
      const project = line.arg('project')
      const now = instantOf(line.text('at'))
      const ask = (dryRun: boolean) => send({ params: { project }, body: { now, dryRun } })
      const plan = await ask(true)
      const dryRun = line.flag('dryRun') || plan.steps.length === 0
      if (!dryRun) {
        const what = `${count(plan.steps.length)} items of ${project} (${bytes(plan.bytes)} of files)`
        await terminal.confirm(`Delete ${what}?`, line.flag('yes'))
      }
      const answer = dryRun ? plan : await ask(false)
      output.result(answer, () => [...answer.steps.map(stepText), outcome(answer, dryRun)].join('\n'))
      if (answer.needed.length > 0)
        output.note(`${count(answer.needed.length)} bronze files are old enough, but nothing was made of them yet: they stay.`)
      return 0
    },
  },
})

function outcome({ steps, bytes: gone, rows }: Retained, dryRun: boolean): string {
  if (steps.length === 0) return 'nothing to do'
  return dryRun ? 'nothing was changed' : `deleted ${bytes(gone)} of files and ${count(rows)} rows`
}

function stepText(step: Retained['steps'][number]): string {
  switch (step.kind) {
    case 'bronze':
      return `bronze  ${step.path} (${bytes(step.bytes)})`
    case 'rows':
      return `rows    silver.${step.name} with ${step.column} before ${moment(step.before)}`
    case 'export':
      return `export  gold.${step.name} ${step.version} (${bytes(step.bytes)})`
    default:
      return unreachable(step)
  }
}
