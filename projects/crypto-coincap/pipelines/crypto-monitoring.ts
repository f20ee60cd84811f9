import { chains, cron, pipeline } from 'sluice'
import { checkTop10, detectAnomalies, marketFigures } from '../models/monitoring.ts'
import { sendAlert } from '../reports/alert.ts'
import { attended, end, start } from '../settings/steps.ts'

export default pipeline({
  name: 'crypto_monitoring',
  description: 'Looks at the newest snapshot every hour and mails what stands out',
  // After the import of the full hour, so that its snapshot is the one that is looked at.
  schedule: cron('5 * * * *'),
  tags: ['crypto', 'monitoring'],
  ...attended,
  steps: [start, checkTop10, detectAnomalies, marketFigures, sendAlert, end],
  order: chains([start, checkTop10], [marketFigures, sendAlert, end]),
})
