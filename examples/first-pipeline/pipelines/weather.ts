import { cron, integer, load, model, notNull, pipeline, sql, task, text, timestamp, within } from 'sluice'
import { readings as readingsTable } from '../tables/readings.ts'

/** Lands one body as it came. Here it is made up; a real one comes from ctx.http. */
const land = task({
  name: 'land_readings',
  retry: { attempts: 3, delay: '2s', backoff: 'exponential' },
  timeout: '1m',
  run: (_, { lake, interval }) =>
    lake.land(
      'bronze.readings',
      (async function* () {
        const body = JSON.stringify([
          { station: 'Lyon', celsius: 21 },
          { station: 'Brest', celsius: 17 },
          { station: 'Nice', celsius: 950 },
        ])
        yield { source: 'weather', request: 'GET https://weather.example/readings', receivedAt: interval.end, body }
      })(),
    ),
})

/** One row a station. 950 degrees break a rule: that row goes to quarantine, counted, and the others go on. */
const readings = model({
  name: 'silver.readings',
  on: 'lake',
  columns: { station: text(), celsius: integer(), read_at: timestamp() },
  refresh: { by: 'batch' },
  checks: [notNull('station', 'celsius'), within('celsius', { min: -90, max: 60 })],
  query: ({ batch, interval }) => sql`
    select r.station as station, r.celsius as celsius, ${interval.end} as read_at
    from (select unnest(from_json_strict(payload, '[{"station": "VARCHAR", "celsius": "INTEGER"}]')) as r from ${land} where ${batch.rows})`,
})

const loaded = load({ from: readings, into: readingsTable, mode: 'append' })

const report = task({
  name: 'report',
  needs: { loaded },
  run: async ({ loaded }, { log }) => log.info(`${loaded.rows} readings are in the warehouse`),
})

export default pipeline({ name: 'weather', schedule: cron('@hourly'), steps: [report] })
