import { unreachable } from '@sluice/core'
import { command } from '../../cli/command.ts'
import { confirm } from '../../cli/confirm.ts'
import { instantOf } from '../../cli/given.ts'
import { bytes, count, moment } from '../../format/words.ts'

export const lakeRetain = command({
  path: 'lake retain',
  summary: 'Let go of what the zones of a lake need not keep any longer, as the project says under "lake"',
  args: { '<project>': 'the project' },
  options: [
    { flags: '--at <time>', description: 'the logical time that ages count from; now unless given' },
    { flags: '--dry-run', description: 'only say what would go' },
    { flags: '-y, --yes', description: 'do not ask: what goes is gone; receipts stay' },
  ],
  examples: ['sluice lake retain crypto-coincap --dry-run', 'sluice lake retain crypto-coincap --yes'],
  run: async ({ client, output }, given) => {
    const project = given.arg('project')
    const now = instantOf(given.text('at'))
    const { lake } = await client()
    const ask = (dryRun: boolean) => lake.retain({ params: { project }, body: { now, dryRun } })
    const plan = await ask(true)
    const dryRun = given.flag('dryRun') || plan.steps.length === 0
    if (!dryRun) {
      await confirm(
        output,
        given.flag('yes'),
        `Let go of ${count(plan.steps.length)} things of ${project} (${bytes(plan.bytes)} of files)?`,
      )
    }
    const answer = dryRun ? plan : await ask(false)
    const lines = answer.steps.map((step) => {
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
    })
    output.result(answer, () =>
      [
        ...lines,
        lines.length === 0
          ? 'nothing to do'
          : dryRun
            ? 'nothing was changed'
            : `${bytes(answer.bytes)} of files and ${count(answer.rows)} rows went`,
      ].join('\n'),
    )
    if (answer.needed.length > 0)
      output.note(`${count(answer.needed.length)} bronze files are old enough, but nothing was made of them yet: they stay.`)
    return 0
  },
})
