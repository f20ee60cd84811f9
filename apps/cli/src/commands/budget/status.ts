import { command } from '../../cli/command.ts'
import { onlyProject } from '../../cli/only-project.ts'
import { fields, table } from '../../format/table.ts'
import { count, moment } from '../../format/words.ts'

export const budgetStatus = command({
  path: 'budget status',
  summary: 'Credits spent this month by the receipts, and whether they will last',
  args: { '[project]': 'its name; the only one unless given' },
  examples: ['sluice budget status crypto-coincap', 'sluice budget status --json'],
  run: async ({ client, output, global }, given) => {
    const api = await client()
    const project = given.optionalArg('project') ?? (await onlyProject({ global }, api))
    const { items } = await api.budgets.status({ params: { project } })
    output.result(items, () =>
      items.length === 0
        ? `${project} declares no budget: see budgets in its sluice.config.ts.`
        : items
            .map((each) =>
              [
                fields([
                  ['budget', `${each.budget} (connection ${each.connection})`],
                  [
                    'month',
                    `${each.month}, renews ${moment(each.renewsAt)}, ${each.daysLeft} ${each.daysLeft === 1 ? 'day' : 'days'} left`,
                  ],
                  ['spent', `${count(each.spent)} of ${count(each.spendable)}, ${count(each.remaining)} left`],
                  ['projected', `${count(each.projected)} at the end of the month`],
                  ['when exceeded', each.onExceeded],
                ]),
                '',
                table(
                  each.byPipeline,
                  [
                    { title: 'PIPELINE', of: ({ pipeline }) => pipeline },
                    { title: 'CREDITS', of: ({ credits }) => count(credits), align: 'right' },
                    { title: 'BATCHES', of: ({ batches }) => count(batches), align: 'right' },
                    { title: 'RUNS TO COME', of: ({ runsLeft }) => count(runsLeft), align: 'right' },
                  ],
                  'Nothing spends it.',
                ),
                '',
                table(
                  each.byDay,
                  [
                    { title: 'DAY', of: ({ day }) => day },
                    { title: 'CREDITS', of: ({ credits }) => count(credits), align: 'right' },
                  ],
                  'Nothing was spent this month.',
                ),
                '',
                verdict(project, each),
              ].join('\n'),
            )
            .join('\n\n'),
    )
    return 0
  },
})

function verdict(
  project: string,
  {
    budget,
    lasts,
    projected,
    spendable,
  }: { readonly budget: string; readonly lasts: boolean; readonly projected: number; readonly spendable: number },
): string {
  return lasts
    ? `Budget ${budget} lasts to the end of the month.`
    : `Budget ${budget} will be ${count(projected - spendable)} credits short at the end of the month: see "sluice budget plan ${project}".`
}
