/** A project with all that `validate` looks at: a connection, a variable, a secret, a mail group, models and checks in both stores. */
export const meteo = {
  'projects/meteo/sluice.config.ts': `import { env, httpConnection, project, secret } from 'sluice'

export default project({
  name: 'meteo',
  timeZone: 'Europe/Paris',
  connections: {
    api: httpConnection({ url: env('METEO_URL', { default: 'http://127.0.0.1:4999', description: 'Base URL of the readings API' }) }),
  },
  variables: { mail_to: env('METEO_MAIL_TO', { default: 'ops@example.org', description: 'Who hears of failures' }) },
  secrets: { key: secret('METEO_KEY') },
})
`,
  'projects/meteo/datasets/readings.ts': `import { type Columns, dataset, decimal, json, text, timestamp, within } from 'sluice'

export const answers = dataset('bronze.readings', { on: 'lake', bodies: json('$[*]', { station: text(), celsius: decimal(6, 2) }) })

const columns = {
  station: text({ notNull: true }),
  celsius: decimal(6, 2, { notNull: true }),
  read_at: timestamp({ notNull: true }),
} satisfies Columns

export const readings = dataset('silver.readings', {
  on: 'lake',
  columns,
  key: ['station', 'read_at'],
  checks: [within('celsius', { min: -90, max: 60 })],
})

export const published = dataset('public.readings', { on: 'warehouse', columns, key: ['station', 'read_at'] })
`,
  'projects/meteo/pipelines/meteo.ts': `import { check, cron, email, load, model, pipeline, sql, task } from 'sluice'
import { answers, published, readings } from '../datasets/readings.ts'

const fetchReadings = task({
  name: 'fetch_readings',
  fills: [answers],
  retry: { attempts: 3, delay: '2s', backoff: 'exponential' },
  timeout: '1m',
  run: async (_, { lake, http, connection, variable }) => {
    const api = connection('api')
    return await lake.land(
      answers,
      (async function* () {
        const response = await http.request({ connection: api, url: \`\${api.url}/readings?for=\${variable('mail_to')}\` })
        yield { source: 'meteo', request: \`GET \${response.url}\`, receivedAt: response.receivedAt, body: response.body }
      })(),
    )
  },
})

const silver = model({
  into: readings,
  from: { answers },
  refresh: 'batch',
  query: ({ answers }) => sql\`
    select r.station as station, r.celsius as celsius, ingested_at as read_at
    from \${answers.batch} as r\`,
})

const enough = check({
  name: 'enough',
  on: published,
  rule: sql\`select count(*) >= 2 as ok, count(*) as stations
    from \${published}\`,
  message: 'only {stations} stations',
})

const loaded = load({ from: readings, into: published, mode: 'append' })

export default pipeline({
  name: 'meteo',
  schedule: cron('@hourly'),
  steps: [fetchReadings, silver, loaded, enough],
  notify: { failure: [email('ops')] },
})
`,
  'projects/meteo/migrations/0001_readings.up.sql': `create table public.readings (
  station text not null,
  celsius numeric(6,2) not null,
  read_at timestamptz not null,
  _load_id bigint not null,
  primary key (station, read_at)
);
create index on public.readings using brin (_load_id) with (autosummarize = on);
`,
  'projects/meteo/migrations/0001_readings.down.sql': 'drop table public.readings;\n',
} as const

export type MeteoFile = keyof typeof meteo
