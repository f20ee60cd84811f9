import type { Client } from '@sluice/serve/client'
import { command } from '../../cli/command.ts'
import { wholeNumber } from '../../cli/given.ts'
import { onlyProject } from '../../cli/only-project.ts'
import { fields, table } from '../../format/table.ts'
import { count, percent } from '../../format/words.ts'

export const planBudget = command({
  path: 'budget plan',
  summary: 'Credits a month by the schedules, whether they fit the plan of the account, and what would',
  args: { '[project]': 'its name; the only one unless given' },
  options: [
    { flags: '--every <duration>', description: 'what if its pipelines ran every so often: 30m, 2h, 1d' },
    { flags: '--assets <n>', description: 'what if a run fetched so many', parse: wholeNumber },
  ],
  examples: ['sluice budget plan crypto-coincap', 'sluice budget plan crypto-coincap --every 2h --assets 10', 'sluice budget plan --json'],
  run: async ({ client, output, global }, given) => {
    const api = await client()
    const project = given.optionalArg('project') ?? (await onlyProject({ global }, api))
    const { items } = await api.budgets.plan({ params: { project }, query: { every: given.text('every'), items: given.number('assets') } })
    output.result(items, () => (items.length === 0 ? noBudget(project) : items.map((plan) => shown(plan)).join('\n\n')))
    return 0
  },
})

type Plan = Awaited<ReturnType<Client['budgets']['plan']>>['items'][number]

const fit = (fits: boolean): string => (fits ? 'yes' : 'no')

function shown(plan: Plan): string {
  const { instead } = plan
  return [
    fields([
      ['budget', `${plan.budget} (connection ${plan.connection})`],
      [
        'credits',
        `${count(plan.creditsPerMonth)} a month${plan.spendable === plan.creditsPerMonth ? '' : `, ${count(plan.spendable)} without the reserve`}`,
      ],
      ['when exceeded', plan.onExceeded],
    ]),
    '',
    table(
      plan.uses,
      [
        { title: 'PIPELINE', of: ({ pipeline }) => pipeline },
        { title: 'SCHEDULE', of: ({ cron }) => cron ?? 'by hand' },
        { title: 'ITEMS', of: ({ items }) => count(items), align: 'right' },
        { title: 'CREDITS A RUN', of: ({ creditsPerRun }) => count(creditsPerRun), align: 'right' },
        { title: 'RUNS IN 30 DAYS', of: ({ runs }) => count(runs.thirtyDays), align: 'right' },
        { title: 'CREDITS IN 30 DAYS', of: ({ credits }) => count(credits.thirtyDays), align: 'right' },
        { title: 'THIS MONTH', of: ({ credits }) => count(credits.thisMonth), align: 'right' },
      ],
      'Nothing spends it.',
    ),
    ...(instead === null
      ? []
      : [
          '',
          table(
            instead.cadences,
            [
              { title: `${instead.pipeline.toUpperCase()} EVERY`, of: ({ every }) => every },
              { title: 'CREDITS', of: ({ credits }) => count(credits), align: 'right' },
              { title: 'MARGIN', of: ({ margin }) => percent(margin), align: 'right' },
              { title: 'FITS', of: ({ fits }) => fit(fits) },
              { title: 'AT MOST ITEMS', of: ({ mostItems }) => count(mostItems), align: 'right' },
            ],
            '',
          ),
        ]),
    ...(instead === null || instead.items.length === 0
      ? []
      : [
          '',
          table(
            instead.items,
            [
              { title: 'ITEMS', of: ({ items }) => count(items), align: 'right' },
              { title: 'CREDITS', of: ({ credits }) => count(credits), align: 'right' },
              { title: 'MARGIN', of: ({ margin }) => percent(margin), align: 'right' },
              { title: 'FITS', of: ({ fits }) => fit(fits) },
            ],
            '',
          ),
        ]),
    '',
    plan.verdict,
  ].join('\n')
}

const noBudget = (project: string): string => `${project} declares no budget: see budgets in its sluice.config.ts.`
