import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadDefinitions, loadSettings } from '@sluice/platform'
import type { Line } from '@sluice/serve/terminal'
import { explainAll } from '@sluice/settings'
import { expect, test } from 'vitest'
import type { Command } from '../cli/command.ts'
import type { GlobalOptions } from '../cli/context.ts'
import { commands } from '../commands/tree.ts'
import { buildProgram } from './program.ts'

const root = fileURLToPath(import.meta.resolve('../../../../'))
const stateDir = mkdtempSync(join(tmpdir(), 'sluice-examples-'))
const settings = await loadSettings({ root, env: { SLUICE_STATE_DIR: stateDir } })
const projects = await loadDefinitions(settings)
rmSync(stateDir, { recursive: true, force: true })

/** Sources that are pulled are those of an example of the guides. */
const furniture = fileURLToPath(import.meta.resolve('../../../../examples/sources/'))
interface Named {
  readonly name: string
}
const sources = (await import(join(furniture, 'sources/files.ts'))) as Readonly<Record<string, Named>>
const { default: example } = (await import(join(furniture, 'sluice.config.ts'))) as { readonly default: Named }

const specs = projects.flatMap((project) => project.specs)
/** `silver.assets`, `lake.silver.assets`, `crypto-coincap:lake.silver.assets`. */
const namesOf = (wanted: (on: string) => boolean): readonly string[] =>
  projects.flatMap(({ name: project, datasets }) =>
    datasets.filter(({ on }) => wanted(on)).flatMap(({ id, name }) => [name, id, `${project}:${id}`]),
  )
const declared = namesOf(() => true)
const inLake = namesOf((on) => on === 'lake')
const filesIn = (folder: string): readonly string[] => projects.flatMap(({ dir }) => readdirSync(join(dir, folder)))
const keys = explainAll(settings).flatMap(({ key, env }) => [key, env])

interface Parsed {
  readonly command: Command
  readonly line: Line
  readonly global: GlobalOptions
}

/** The command line behind `$`, without what a shell, cron or npm makes of the rest. */
function wordsOf(example: string): readonly string[] {
  const line = example
    .replace(/^npm start$/, 'sluice start')
    .replace(/^npm run (\w+)(?: --)?/, 'sluice $1')
    .replace(/ [<>] \S+$/, '')
    .replace(/^source <\((.*)\)$/, '$1')
    .replace(/^psql "\$\((.*)\)"$/, '$1')
    .replace(/ \| psql .*$/, '')
  const behind = /(?:^|\s)sluice\s+(.*)$/.exec(line)?.[1] ?? ''
  return [...behind.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

async function parse(example: string): Promise<Parsed | undefined> {
  let parsed: Parsed | undefined
  const program = buildProgram(
    '0',
    async (command, line, global) => {
      parsed = { command, line, global }
    },
    true,
  )
  await program.parseAsync(wordsOf(example), { from: 'user' })
  return parsed
}

const isDataset = (name: string): boolean => inLake.includes(name)

/** Whether a value may stand in an example, by the name of its argument or option. */
const fits: Readonly<Record<string, (value: string, parsed: Parsed) => boolean>> = {
  project: (value, { command }) => (command.path.startsWith('sources ') ? [example] : projects).some(({ name }) => name === value),
  source: (value) => Object.values(sources).some(({ name }) => name === value),
  file: (value, { line }) => line.value('source') === undefined || readdirSync(join(furniture, 'inbox/tills')).includes(value),
  pipeline: (value) => specs.some(({ name }) => name === value),
  task: (value, { line }) => specs.some(({ name, tasks }) => name === line.arg('pipeline') && tasks.some((task) => task.name === value)),
  run: (value) => /^[0-9a-z]{12}$/.test(value),
  dataset: isDataset,
  declared: (value) => declared.includes(value),
  // Of `sluice restore` it is the place of backups.
  from: (value, { command }) => command.path === 'restore' || isDataset(value),
  gold: isDataset,
  'dataset-or-path': (value) => value.startsWith('.sluice/') || isDataset(value),
  model: (value) => specs.some(({ tasks }) => tasks.some(({ name, kind }) => kind === 'model' && name === value)),
  // A database that the command makes, or a table named for the one whose rows it gets.
  into: (value, { command }) => command.path.startsWith('warehouse backup') || isDataset(value.replace(/_restored$/, '')),
  key: (value) => keys.includes(value),
  message: (value) => /^[0-9a-z]{12}:\d+:(success|failure):email:\S+$/.test(value),
  param: (value, { line }) =>
    line.value('pipeline') === undefined ||
    specs.some(({ name, params }) => name === line.arg('pipeline') && Object.hasOwn(params, value.split('=')[0] ?? '')),
  to: (value, { command }) => command.path.includes('backup') || filesIn('migrations').includes(`${value}.up.sql`),
  sql: (value) =>
    value.startsWith('@')
      ? filesIn('queries').includes(`${value.slice(1)}.sql`)
      : [...value.matchAll(/\b(?:silver|gold)\.\w+/g)].every(([name]) => isDataset(name)),
}

async function faultsOf(example: string): Promise<readonly string[]> {
  const parsed = await parse(example).catch((error: Error) => error.message)
  if (parsed === undefined || typeof parsed === 'string') return [`${example}: ${parsed}`]
  const values = Object.keys(fits).flatMap((name) => {
    const value = parsed.line.value(name) ?? (name === 'project' ? parsed.global.project : undefined)
    return [value].flat().flatMap((each) => (typeof each === 'string' ? [[name, each] as const] : []))
  })
  return values.filter(([name, value]) => fits[name]?.(value, parsed) !== true).map(([name, value]) => `${example}: ${name} ${value}`)
}

test('every example of the help can be typed as it stands, and names what is there', async () => {
  const examples = commands.flatMap((command) => command.examples)
  expect(examples.length).toBeGreaterThan(70)
  expect((await Promise.all(examples.map(faultsOf))).flat()).toEqual([])
})

test.each([
  ['sluice runs show 01JD...', 'run 01JD...'],
  ['sluice pipelines run sales', 'pipeline sales'],
  ['sluice tasks logs crypto_data_pipeline report', 'task report'],
  ['sluice lake tables --project shop', 'project shop'],
  ['sluice sources pull furniture shops', 'source shops'],
  ['sluice sources pull furniture tills --file paris.csv', 'file paris.csv'],
  ['sluice models test silver.orders', 'model silver.orders'],
  ['sluice datasets show silver.orders', 'declared silver.orders'],
  ['sluice lake history silver.orders', 'dataset silver.orders'],
  ['sluice lake export gold.top10 --from silver.assets', 'gold gold.top10'],
  ['sluice lake restore gold.assets --into silver.copy', 'into silver.copy'],
  ['sluice lake sql crypto-coincap "from silver.orders"', 'sql from silver.orders'],
  ['sluice warehouse sql crypto-coincap @top_assets', 'sql @top_assets'],
  ['sluice warehouse migrate crypto-coincap --to 0004_orders', 'to 0004_orders'],
  ['sluice notify retry 01JD...:1:failure:email:ops', 'message 01JD'],
  ['sluice pipelines run crypto_data_pipeline --param day=1', 'param day=1'],
  ['sluice tasks mark crypto_data_pipeline generate_daily_report --state lost', 'Allowed choices'],
  ['sluice users role ada king', 'Allowed choices'],
  ['sluice lake read silver.assets --frob', 'unknown option'],
])('a fault is found: %s', async (example, fault) => {
  expect(await faultsOf(example)).toEqual([expect.stringContaining(fault)])
})
