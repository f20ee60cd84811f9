import { integer, model, pipeline, sql, task, text, timestamp } from 'sluice'

const land = task({
  name: 'land_readings',
  run: (_, { lake, interval }) =>
    lake.land(
      'bronze.readings',
      (async function* () {
        const body = JSON.stringify([
          { station: 'Lyon', celsius: 21 },
          { station: 'Brest', celsius: 17 },
        ])
        yield { source: 'weather', request: 'GET https://weather.example/readings', receivedAt: interval.end, body }
      })(),
    ),
})

const readings = model({
  name: 'silver.readings',
  on: 'lake',
  columns: { station: text(), celsius: integer(), read_at: timestamp() },
  refresh: { by: 'batch' },
  query: ({ batch }) => sql`
    select unnest(from_json_strict(payload, '[{"station": "VARCHAR", "celsius": "INTEGER"}]'), recursive := true), ingested_at as read_at
    from ${land} where ${batch.rows}`,
})

/** What the table held after this run, as a file anybody can read, with a manifest that says where it came from. */
const archive = task({
  name: 'archive',
  needs: { readings },
  run: ({ readings }, { lake }) => lake.export('gold.readings', { from: readings, format: 'parquet' }),
})

/** Rows of the warehouse, or of anything else, go the same way: by name and type. */
const totals = task({
  name: 'totals',
  needs: { readings },
  run: async (_, { lake }) => {
    const rows = await lake.query<{ station: string; n: number }>(
      sql`select station, count(*)::integer as n from ${readings} group by station`,
    )
    return await lake.export('gold.totals', { from: { columns: { station: text(), n: integer() }, rows }, format: 'csv' })
  },
})

export default pipeline({ name: 'archive', steps: [archive, totals] })
