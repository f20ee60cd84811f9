import { cron, dayIn, email, instant, pipeline, qualityErrors, skip, sql, task, timeIn } from 'sluice'
import { type AnomalyFacts, alertMail } from '../mails/alert.ts'
import { recipients } from '../mails/recipients.ts'
import { detectAnomalies } from '../models/anomalies.ts'
import { latestSnapshot } from '../models/market.ts'
import { monitoringStatsOf } from '../models/monitoring-stats.ts'
import { percent } from '../reports/daily-report.ts'
import { anomalyRules, rulesAt } from '../settings/anomaly-rules.ts'
import { untilBack } from '../settings/until-back.ts'
import { cryptoAnomalies } from '../tables/monitoring.ts'

const start = task({ name: 'start', run: () => {} })

const checkTop10 = task({
  name: 'check_top_10_cryptos',
  after: { start },
  description: 'The ten highest ranked assets of the newest snapshot',
  retry: { attempts: 3, delay: '5s', backoff: 'exponential' },
  run: async (_, { warehouse, interval, timeZone, log }) => {
    const top = await warehouse.query<{ rang: number; symbole: string; variation: string | null; snapshot: number }>(sql`
      select rang, symbole, variation_24h_pourcent as variation, timestamp_import as snapshot
      from ${latestSnapshot(instant(interval.end))} and rang <= 10 order by rang`)
    const [first] = top
    if (first === undefined) {
      throw qualityErrors.failed('there is no snapshot to look at', {
        next: 'Run crypto_data_pipeline first: sluice pipelines trigger crypto_data_pipeline --wait.',
      })
    }
    for (const { rang, symbole, variation } of top) log.info(`${String(rang).padStart(2)}  ${symbole.padEnd(8)} ${percent(variation)}`)
    log.info(`snapshot of ${dayIn(first.snapshot, timeZone)} ${timeIn(first.snapshot, timeZone)}`)
    return { snapshot: first.snapshot, assets: top.length }
  },
})

const anomalies = detectAnomalies([checkTop10])
const stats = monitoringStatsOf([anomalies])

const sendAlert = task({
  name: 'send_alert_if_needed',
  needs: { top: checkTop10 },
  after: { stats },
  retry: untilBack,
  description:
    'Mails what this check found first; an asset and rule told within the quiet hours is told again only where it has become critical',
  run: async ({ top }, { run, warehouse, interval, timeZone, notify, variable, log }) => {
    const quietSince = interval.end - rulesAt(anomalyRules, interval.end).quietHours * 3_600_000
    const found = await warehouse.query<AnomalyFacts & object>(sql`
      select symbole, nom, rang, regle, valeur, seuil, severite from ${cryptoAnomalies} a
      where detecte_a = ${instant(interval.end)} and not exists (
        select 1 from ${cryptoAnomalies} b
        where b.crypto_id = a.crypto_id and b.regle = a.regle and b.detecte_a < a.detecte_a and b.detecte_a > ${instant(quietSince)}
          and b.severite in (a.severite, 'critical'))
      order by severite, abs(valeur / seuil) desc, rang`)
    log.info(`${found.length} anomalies to tell`)
    if (found.length === 0) skip('nothing stands out')
    if (run.trigger === 'backfill') skip('a backfill sends no mail')
    const mail = alertMail(dayIn(top.snapshot, timeZone), timeIn(top.snapshot, timeZone), found)
    return notify.send({
      key: 'alert',
      to: recipients(variable('mail_to')),
      ...mail,
    })
  },
})

const end = task({ name: 'end', after: { sendAlert }, rule: 'none_failed', run: () => {} })

export default pipeline({
  name: 'crypto_monitoring',
  description: 'Looks at the newest snapshot every hour and mails what stands out',
  schedule: cron('0 * * * *'),
  catchup: false,
  tags: ['crypto', 'monitoring'],
  notify: { failure: [email('data-team')] },
  steps: [end],
})
