import { check, cron, load, model, pipeline, sql, task } from 'sluice'
import { answers, published, readings } from '../datasets/readings.ts'

/** Lands one body as it came. Here it is made up; a real one comes from ctx.http. */
const land = task({
  name: 'land_readings',
  fills: [answers],
  run: (_, { lake, interval }) =>
    lake.land(
      answers,
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

const clean = model({
  into: readings,
  from: { answers },
  refresh: 'batch',
  query: ({ answers }, { interval }) => sql`select station, celsius, ${interval.end} as read_at from ${answers.batch}`,
})

const publish = load({ from: readings, into: published, mode: 'append' })

const enough = check({
  name: 'enough_stations',
  on: published,
  rule: sql`select count(*) >= 2 as ok, count(*) as stations from ${published.latest}`,
  message: 'only {stations} stations',
})

const report = task({
  name: 'report',
  needs: { published: publish },
  reads: [published],
  run: ({ published }, { log }) => log.info(`${published.rows} readings are in the warehouse`),
})

export default pipeline({
  name: 'weather',
  schedule: cron('@hourly'),
  defaults: { retry: { attempts: 3, delay: '2s', backoff: 'exponential' }, timeout: '1m' },
  steps: [land, clean, publish, enough, report],
})
