import { integer, model, pipeline, sql, task, text } from 'sluice'
import { answers, archived, bulletin, readings, totals } from '../datasets/readings.ts'

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
        ])
        yield { source: 'weather', request: 'GET https://weather.example/readings', receivedAt: interval.end, body }
      })(),
    ),
})

const clean = model({
  into: readings,
  from: { answers },
  refresh: 'batch',
  query: ({ answers }) => sql`select station, celsius, ingested_at as read_at from ${answers.batch}`,
})

/** What the table holds after this run, as a file anybody can read, with a manifest that says where it came from. */
const archive = task({
  name: 'archive',
  reads: [readings],
  fills: [archived],
  run: (_, { lake }) => lake.export(archived, sql`select * from ${readings}`),
})

/** Rows of the warehouse, or of anything else, go the same way: by name and type. */
const count = task({
  name: 'totals',
  reads: [readings],
  fills: [totals],
  run: async (_, { lake }) => {
    const columns = { station: text(), n: integer() }
    const rows = await lake.rows(columns, sql`select station, count(*)::integer as n from ${readings} group by station order by station`)
    return await lake.export(totals, { columns, rows })
  },
})

/** A text or a file as it is. */
const tell = task({
  name: 'bulletin',
  reads: [readings],
  fills: [bulletin],
  run: async (_, { lake }) => {
    const [warmest] = await lake.rows({ station: text() }, sql`select station from ${readings.latest} order by celsius desc limit 1`)
    return await lake.put(bulletin, `It is warmest in ${warmest?.station ?? 'no place'}.\n`)
  },
})

export default pipeline({ name: 'archive', steps: [land, clean, archive, count, tell] })
