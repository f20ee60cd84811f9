import { cron, email, pagerduty, pipeline, report, slack, table, teams, webhook } from 'sluice'

const daily = report({
  name: 'daily_report',
  to: [email('team'), teams('management')],
  write: (_, { interval }) => ({
    subject: 'Orders of the day',
    body: [table({ rows: [interval], columns: [{ name: 'until', cell: ({ end }) => new Date(end).toISOString() }] })],
  }),
})

export default pipeline({
  name: 'orders',
  schedule: cron('0 7 * * *'),
  steps: [daily],
  notify: { failure: [slack('ops'), pagerduty('on-call'), webhook('portal')], success: [pagerduty('on-call')] },
})
