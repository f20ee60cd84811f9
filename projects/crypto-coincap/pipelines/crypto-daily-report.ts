import { cron, pipeline } from 'sluice'
import { closedDay } from '../reports/closed-day.ts'
import { attended } from '../settings/steps.ts'

export default pipeline({
  name: 'crypto_daily_report',
  description: 'The report of the day that has ended in Paris, once, after midnight',
  schedule: cron('10 0 * * *'),
  tags: ['crypto', 'report'],
  ...attended,
  steps: [closedDay],
})
