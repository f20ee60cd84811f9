import type { DefinitionError } from '@sluice/author'
import { positionAt } from '@sluice/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { meteo } from '../../testing/meteo.ts'
import { type PlatformOnDisk, platformOnDisk } from '../../testing/platform-on-disk.ts'

/*
 * What people get wrong, one mistake a pipeline file, a dataset or a project. Each is to be told at its place. Mistakes whose files load
 * stand in one project, so that one compiler sees them all; a file that does not parse keeps it from looking at any other.
 */

const config = meteo['projects/meteo/sluice.config.ts']
const datasets = meteo['projects/meteo/datasets/readings.ts']
const weather = meteo['projects/meteo/pipelines/meteo.ts']

interface Mistake {
  readonly edits: readonly (readonly [from: string, to: string])[]
  /** What stands at the place, once in the file. */
  readonly at: string
  readonly message: RegExp
  readonly next: RegExp
}

const mistake = (edits: Mistake['edits'], at: string, message: RegExp, next: RegExp): Mistake => ({ edits, at, message, next })

const bad = {
  name: [
    ['cron, email', 'cron, emaill'],
    ["email('ops')", "emaill('ops')"],
  ],
  twice: [
    ['const loaded', "const other = task({ name: 'fetch_readings', run: () => {} })\nconst loaded"],
    ['loaded, enough]', 'loaded, enough, other]'],
  ],
  throws: [['const loaded', "const x = await fetch('data:text/plain,1').then((r) => r.jsn())\nconst loaded"]],
} as const

/** In the file of a pipeline, by what is wrong. */
const inPipeline: Readonly<Record<string, Mistake>> = {
  'name that sluice does not export': mistake(bad.name, 'emaill, load', /emaill/, /Import a name/),
  'number for a duration': mistake([["timeout: '1m'", 'timeout: 60']], '60,', /"60" is not a duration/, /with its unit/),
  'unit that is misspelt': mistake([["timeout: '1m'", "timeout: '1 minut'"]], "'1 minut'", /"1 minut" is not/, /with its unit/),
  'column that the data does not have': mistake([['r.station as', 'r.statoin as']], 'r.statoin', /statoin/, /Correct the SQL/),
  'function that DuckDB does not have': mistake([['r.celsius as', 'celsiuss(r.celsius) as']], 'celsiuss(', /celsiuss/, /Correct the SQL/),
  'keyword that is misspelt': mistake([['select r.st', 'selct r.st']], 'r.station', /syntax error/, /Correct the SQL/),
  'clock in a model': mistake([['ingested_at as', 'now() as']], 'now()', /now .*depends on when it runs/, /interval of the run/),
  'step name twice': mistake(bad.twice, "'fetch_readings', run", /two steps are named "fetch_readings"/, /name/),
  'cron of four fields': mistake([["cron('@hourly')", "cron('0 * * *')"]], "'0 * * *'", /five or six fields/, /five fields/),
  'no default export': mistake([['export default', 'export const p =']], 'pipeline({', /no default export/, /export default/),
  'ending of an import left out': mistake([["readings.ts'", "readings'"]], "'../datasets", /Cannot find module/, /Write the file's ending/),
  'await left out': mistake([['await http.request', 'http.request']], 'url}`, receivedAt', /'url' does not exist.*Promise/, /Write await/),
  'unknown connection': mistake([["connection('api')", "connection('apii')"]], "'apii'", /no connection "apii"/, /Did you mean "api"/),
  'unknown variable': mistake([["('mail_to')", "('mail_too')"]], "'mail_too'", /no variable "mail_too"/, /Did you mean "mail_to"/),
  'unknown mail group': mistake([["email('ops')", "email('opps')"]], "'opps'", /no mail group "opps"/, /Did you mean "ops"/),
  'throw at the top': mistake(bad.throws, 'jsn()', /jsn is not a function/, /must not throw/),
  enum: mistake([['const loaded', 'enum Color { Red, Green }\nconst loaded']], 'enum Color', /enum is not supported/, /union of strings/),
  'mode that there is not': mistake(
    [["'append'", "'apend'"]],
    "'apend'",
    /mode is "apend"/,
    /Write 'append', 'new', 'upsert', 'scd2' or 'full'/,
  ),
  'option that there is not': mistake([["timeout: '1m',", "timout: '1m', retries: 3,"]], 'timout', /no option "timout"/, /Write timeout/),
  'column of a check that there is not': mistake([['count(*) >= 2', 'count(celsiu) >= 2']], 'celsiu)', /celsiu/, /Correct the SQL/),
  'rule that says neither yes nor no': mistake([['count(*) >= 2 as ok', 'count(*) as ok']], 'ok, count', /not a boolean/, /as the first/),
  'figure that the rule does not give': mistake([['{stations} stations', '{places} here']], 'check({', /column places/, /Select it/),
}

const named = (at: number): string => `m${String(at).padStart(2, '0')}`
const edited = (text: string, edits: Mistake['edits']): string =>
  edits.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`the text does not hold ${from}`)
    return now.replace(from, to)
  }, text)

/** The project of that name, with changes to its files. */
const project = (name: string, changes: Readonly<Record<string, string | null>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries({
      ...Object.fromEntries(Object.entries(meteo).map(([file, text]) => [file.replace('projects/meteo/', ''), text])),
      ...changes,
    }).flatMap(([file, text]) => (text === null ? [] : [[`projects/${name}/${file}`, text.replace("name: 'meteo'", `name: '${name}'`)]])),
  )

const other = "published = dataset('public.readings', { on: 'warehouse', columns,"
const broken = {
  'no-mistake': {},
  mistakes: Object.fromEntries(
    Object.values(inPipeline).map(({ edits }, at) => [
      `pipelines/${named(at)}.ts`,
      edited(weather, edits).replace("name: 'meteo'", `name: '${named(at)}'`),
    ]),
  ),
  syntax: { 'pipelines/meteo.ts': edited(weather, [['model({', 'model({,']]) },
  'unset-value': {
    'sluice.config.ts': edited(config, [
      ["env('METEO_URL', { default: 'http://127.0.0.1:4999', description: 'Base URL of the readings API' })", "env('METEO_URLX')"],
    ]),
  },
  'column-gone': { 'datasets/readings.ts': edited(datasets, [['  station: text', '  stations: text']]) },
  'column-renamed': {
    'datasets/readings.ts': edited(datasets, [
      [other, other.replace('columns,', 'columns: { station: columns.station, celsius_deg: columns.celsius, read_at: columns.read_at },')],
    ]),
  },
  circle: {
    'datasets/a.ts':
      "import { task } from 'sluice'\nimport { b } from './b.ts'\nexport const a = task({ name: 'a', needs: { b }, run: () => {} })\n",
    'datasets/b.ts':
      "import { task } from 'sluice'\nimport { a } from './a.ts'\nexport const b = task({ name: 'b', needs: { a }, run: () => {} })\n",
  },
  'no-migration': { 'migrations/0001_readings.up.sql': null, 'migrations/0001_readings.down.sql': null },
  'wrong-migration': { 'migrations/0001_readings.up.sql': 'create table public.readings (\n  station txt\n);\n' },
  'misnamed-migration': { 'migrations/2_more.sql': 'select 1;\n' },
  'number-twice': { 'migrations/0001_again.up.sql': 'select 1;\n' },
  'unknown-in-config': {
    'sluice.config.ts': edited(config, [
      ['  secrets:', "  demo: { pipelines: ['unknown-in-confg'], simulators: { apii: 'x' } },\n  secrets:"],
    ]),
  },
} as const

let platform: PlatformOnDisk
let answer: {
  readonly ok: boolean
  readonly errors: readonly DefinitionError[]
  readonly warnings: readonly DefinitionError[]
  readonly left: readonly string[]
}
beforeAll(async () => {
  platform = await platformOnDisk({
    'sluice.config.ts': `import { platform } from 'sluice'
export default platform({ projects: ${JSON.stringify(Object.keys(broken).map((name) => `projects/${name}`))}, mailGroups: { ops: 'ops@example.org' }, port: 0 })
`,
    '.env': 'METEO_UROX=https://meteo.example\n',
    ...Object.assign({}, ...Object.entries(broken).map(([name, changes]) => project(name, changes))),
  })
  const { stdout, stderr, status } = platform.sluice('validate', '--json')
  if (status !== 1) throw new Error(`validate ended with ${status}: ${stderr}${stdout}`)
  answer = JSON.parse(stdout) as typeof answer
})
afterAll(async () => await platform[Symbol.asyncDispose]())

const errorsIn = (name: keyof typeof broken, file?: string) =>
  answer.errors.filter((error) => error.project === name && (file === undefined || error.file === file))

test('a project without a mistake has no error, and the secret that is not set is a warning at its line', () => {
  expect(answer.left).toEqual([])
  expect(errorsIn('no-mistake')).toEqual([])
  expect(answer.warnings.filter((each) => each.project === 'no-mistake')).toMatchObject([
    {
      file: 'sluice.config.ts',
      line: 10,
      message: 'METEO_KEY is not set: secrets.key has no value',
      frame: expect.stringContaining('> 10 |'),
    },
  ])
})

test.each(Object.keys(inPipeline).map((name, at) => [name, at] as const))(
  '%s: told once, with line, column, frame and what to do',
  (name, n) => {
    const { edits, at, message, next } = inPipeline[name] as Mistake
    const text = edited(weather, edits)
    if (text.split(at).length !== 2) throw new Error(`"${at}" does not stand once in the file`)
    const { line, column } = positionAt(text, text.indexOf(at))
    const file = `pipelines/${named(n)}.ts`
    expect(errorsIn('mistakes', file)).toEqual([
      {
        project: 'mistakes',
        file,
        line,
        column,
        message: expect.stringMatching(message),
        next: expect.stringMatching(next),
        frame: expect.stringMatching(new RegExp(`^> +${line} \\|`, 'm')),
      },
    ])
  },
)

test('a file that does not parse is told at the place, and the pipelines beside it have no part in it', () => {
  expect(errorsIn('syntax')).toMatchObject([{ file: 'pipelines/meteo.ts', line: 21, column: 23, next: 'Correct the syntax.' }])
})

test('a value that nothing sets is told at its line, with the name that .env sets for it', () => {
  expect(errorsIn('unset-value')).toMatchObject([
    {
      file: 'sluice.config.ts',
      line: 7,
      message: 'METEO_URLX is not set: connections.api.url has no value',
      next: expect.stringContaining('Did you mean METEO_UROX, which .env sets in line 1?'),
    },
  ])
})

test('a column that is renamed in one place is told where the other names it', () => {
  expect(errorsIn('column-gone')[0]).toMatchObject({ file: 'datasets/readings.ts', line: 14, column: 9, next: expect.stringMatching(/./) })
  expect(errorsIn('column-renamed')[0]).toMatchObject({
    file: 'pipelines/meteo.ts',
    line: 38,
    message: expect.stringContaining('nothing fills celsius_deg'),
  })
})

test('files that import each other in a circle are told at the line that met the unfinished one', () => {
  expect(errorsIn('circle')[0]).toMatchObject({
    file: 'datasets/b.ts',
    line: 3,
    message: expect.stringContaining("Cannot access 'a' before"),
  })
})

test('a migration that is missing is told at the dataset with the statements to write, and one that fails at its line', () => {
  expect(errorsIn('no-migration')).toMatchObject([
    {
      file: 'datasets/readings.ts',
      line: 18,
      message: expect.stringContaining('table public.readings is declared and not in the database'),
      next: expect.stringMatching(/migrations\/0001_readings\.up\.sql[\s\S]*create table/),
    },
  ])
  expect(errorsIn('wrong-migration')).toMatchObject([
    { file: 'migrations/0001_readings.up.sql', line: 2, message: expect.stringContaining('txt'), frame: expect.stringContaining('> 2 |') },
  ])
})

test('a migration whose name says neither number nor side, or a number again, is told at the file, and hides nothing else', () => {
  expect(errorsIn('misnamed-migration')).toMatchObject([
    { file: 'migrations/2_more.sql', message: expect.stringContaining('is not named 0001_name.up.sql'), next: 'Rename the file.' },
  ])
  expect(errorsIn('number-twice')).toMatchObject([
    {
      file: 'migrations/0001_readings.up.sql',
      message: expect.stringContaining('two migrations have the number 0001'),
      next: 'Rename the file.',
    },
  ])
})

test('what the configuration names and the definitions do not have is told at the name', () => {
  expect(errorsIn('unknown-in-config')).toMatchObject([
    {
      file: 'sluice.config.ts',
      line: 10,
      message: 'there is no pipeline "unknown-in-confg"',
      next: expect.stringContaining('Did you mean "unknown-in-config"?'),
    },
    { file: 'sluice.config.ts', line: 10, message: 'there is no connection "apii"', next: expect.stringContaining('Did you mean "api"?') },
  ])
})
