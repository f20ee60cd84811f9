import { chains, check, cron, email, pipeline, sql } from 'sluice'
import { cryptoTempsReel } from '../datasets/warehouse.ts'
import { detectAnomalies, marketFigures } from '../models/monitoring.ts'
import { sendAlert } from '../reports/alert.ts'
import { end, start, untilBack } from '../settings/steps.ts'

const checkTop10 = check({
  name: 'check_top_10_cryptos',
  on: cryptoTempsReel,
  description: 'The ten highest ranked assets of the newest snapshot',
  rule: sql`
    select count(*) > 0 as ok, max(timestamp_import) as snapshot,
      string_agg(symbole || coalesce(to_char(variation_24h_pourcent, '" "FMSG990.00" %"'), ' n/d'), ', ' order by rang) as top
    from ${cryptoTempsReel.latest} where rang <= 10`,
  message: 'the check found no snapshot',
  next: 'Run crypto_data_pipeline first: sluice pipelines trigger crypto_data_pipeline --wait.',
})

export default pipeline({
  name: 'crypto_monitoring',
  description: 'Looks at the newest snapshot every hour and mails what stands out',
  // After the import of the full hour, so that its snapshot is the one that is looked at.
  schedule: cron('5 * * * *'),
  tags: ['crypto', 'monitoring'],
  notify: { failure: [email('data-team')] },
  defaults: { retry: untilBack },
  steps: [start, checkTop10, detectAnomalies, marketFigures, sendAlert, end],
  order: chains([start, checkTop10], [marketFigures, sendAlert, end]),
})
