import {
  type Attempt,
  batchesIn,
  type Capability,
  type Check,
  type DatabaseConnection,
  inputsOf,
  type Load,
  type Model,
  type Pull,
  type Quality,
  readingOf,
  skip,
  takeExternal,
  withOutputs,
  withVariables,
  writeOf,
  written,
} from '@sluice/author'
import { type DatasetRef, definitionErrors, given, type Json, placeOf } from '@sluice/core'
import type { Lake } from '@sluice/lake'
import type { Route, Warehouse } from '@sluice/warehouse'
import { skipNothingNew, versionAsked } from '../load/at-hand.ts'
import type { FilePlace } from '../pull/files.ts'
import type { Asking } from '../pull/rest.ts'
import type { RebuildOptions } from '../rebuild/rebuild.ts'

export interface TransformOptions {
  readonly lake: () => Promise<Lake>
  readonly warehouse: () => Promise<Warehouse>
  /** What it takes to ask an API. */
  readonly asking: (attempt: Attempt) => Asking
  /** A database of the project by its name. */
  readonly database: (name: string) => DatabaseConnection
  /** Where files of the project are. */
  readonly place: FilePlace
}

/** Carries out pulls, models, loads, checks, and the checks of a dataset's quality. */
export const transformCapability = (stores: TransformOptions): Capability => ({
  name: 'transform',
  steps: {
    pull: async (attempt) => await pullOf(stores, attempt, attempt.step as Pull),
    model: async (attempt) => {
      const step = attempt.step as Model
      return await model(stores, attempt, givenOutputs(attempt, step)).catch((thrown: unknown) => {
        throw atItsFile(step, thrown)
      })
    },
    load: async (attempt) => await load(stores, attempt, attempt.step as Load),
    check: async (attempt) => await check(stores, attempt, givenOutputs(attempt, attempt.step as Check)),
    quality: async (attempt) => await quality(stores, attempt, attempt.step as Quality),
  },
})

/** Databases tell the place in the SQL that they were given: the author's is where the model is declared. */
export function atItsFile({ name, definedAt }: Pick<Model, 'name' | 'definedAt'>, thrown: unknown): unknown {
  const place = placeOf(definedAt.stack)
  if (!definitionErrors.invalid.is(thrown) || place === undefined) return thrown
  return thrown.with({ next: `${thrown.next ?? ''} The model ${name} is declared at ${place}.`.trimStart(), facts: { place } })
}

/** The step with what others have found in this run. */
const givenOutputs = <S extends Model | Check>({ inputs }: Attempt, step: S): S => ({ ...step, sql: withOutputs(step.sql, inputs) })

async function pullOf({ lake, asking, database, place }: TransformOptions, attempt: Attempt, pull: Pull): Promise<Json> {
  const { from } = pull
  if (from.kind === 'file-source') {
    const { pullOfFiles } = await import('../pull/files.ts')
    return { ...(await pullOfFiles({ pull: { ...pull, from }, attempt, lake: await lake(), place })) }
  }
  if (from.kind === 'sql-source') {
    const { pullOfRows } = await import('../pull/rows.ts')
    return { ...(await pullOfRows({ pull: { ...pull, from }, attempt, lake: await lake(), database: database(from.connection) })) }
  }
  const { pullRest } = await import('../pull/rest.ts')
  const source = withVariables(from, place.variable)
  return { ...(await pullRest({ pull: { ...pull, from: source }, attempt, lake: await lake(), ...asking(attempt) })) }
}

async function model({ lake, warehouse }: TransformOptions, attempt: Attempt, of: Model): Promise<DatasetRef> {
  const { into } = of
  const { signal } = attempt
  const write = writeOf(attempt, into.on, into.name)
  const reading = await readingOf(attempt, of.sql)
  if (batchesIn(of.sql).length > 0) skipNothingNew(attempt, of, reading)
  const { runModel } = await import('../model/run.ts')
  const { runWarehouseModel } = await import('../model/run-on-warehouse.ts')
  const { refusedChange, toldChange } = await import('../model/changed.ts')
  const onChanged = (changed: string): void => {
    if (of.whenChanged === 'refuse') throw refusedChange(of, changed)
    if (of.whenChanged === 'rebuild' && of.refresh !== 'partition') throw new MustRebuild()
    const { what, next } = toldChange(of, changed)
    attempt.log.warn(`${what}. ${next}`)
  }
  const onLake = async (told: typeof onChanged | undefined) =>
    await runModel({ model: of, write, reading, lake: await lake(), ...given({ onChanged: told, signal }) })
  const receipt =
    into.on === 'lake'
      ? await onLake(onChanged).catch(async (thrown: unknown) => {
          if (!(thrown instanceof MustRebuild)) throw thrown
          await rebuildFirst(attempt, of, { lake: await lake(), datasets: reading.datasets })
          return await onLake(undefined)
        })
      : await runWarehouseModel({ model: of, write, reading, warehouse: await warehouse(), onChanged, signal })
  takeExternal(attempt, receipt.inputs)
  return written(attempt, into.on, receipt)
}

/** Ends a run before it reads a row. */
class MustRebuild extends Error {}

async function rebuildFirst(attempt: Attempt, of: Model, { lake, datasets }: Pick<RebuildOptions, 'lake' | 'datasets'>): Promise<void> {
  const { rebuild } = await import('../rebuild/rebuild.ts')
  const { timeZone, signal, run } = attempt
  const made = await rebuild({ lake, models: [of], datasets, timeZone, dryRun: false, by: `run ${run.id}`, goOn: () => true, signal })
  const { dataset, batches, byQuery, rowsBefore, rows } = made
  attempt.log.info(`${dataset} was made anew, since its model changed: ${batches} batches`, { byQuery, rowsBefore, rows })
}

async function load({ lake, warehouse }: TransformOptions, attempt: Attempt, of: Load): Promise<DatasetRef> {
  const write = writeOf(attempt, 'warehouse', of.into.name)
  const reading = await readingOf(attempt, of.from.batch)
  const { runLoad } = await import('../load/run.ts')
  const version = versionAsked(attempt, of)
  if (version === undefined) skipNothingNew(attempt, of, reading)
  const explain = ({ way, why }: Route): void =>
    attempt.log.debug(way === 'straight' ? 'rows go straight into the table' : 'rows go through staging', { why })
  const stores = { lake: await lake(), warehouse: await warehouse() }
  const receipt = await runLoad({ load: of, write, reading, version, ...stores, explain, signal: attempt.signal }).catch(
    async (thrown: unknown) => {
      const { warehouseErrors } = await import('@sluice/warehouse')
      // An older snapshot has nothing to say of a table that is the newest one.
      if (of.mode === 'full' && warehouseErrors.overtaken.is(thrown)) skip(thrown.message)
      throw thrown
    },
  )
  if (version === undefined) takeExternal(attempt, inputsOf(of.from.batch, reading))
  return written(attempt, 'warehouse', receipt)
}

/** What it found is its output, and in the log. @throws `quality.failed` where the rule does not hold, unless the check only warns */
async function check(stores: TransformOptions, attempt: Attempt, of: Check): Promise<Json> {
  const reading = await readingOf(attempt, of.sql)
  const { refuseBroken, runCheck } = await import('../check/run.ts')
  const checked = await runCheck({ check: of, reading, ...stores, signal: attempt.signal })
  takeExternal(attempt, checked.inputs)
  if (checked.broken !== undefined && of.otherwise === 'warn') attempt.log.warn(checked.broken, checked.facts)
  else refuseBroken(of, checked)
  if (checked.broken === undefined) attempt.log.info('the rule holds', checked.facts)
  return { ...checked.facts, ok: checked.broken === undefined }
}

/** What its checks found is its output, and in the log. @throws `quality.failed` where one fails */
async function quality(stores: TransformOptions, attempt: Attempt, step: Quality): Promise<Json> {
  const { refuseFailed, runQuality } = await import('../quality/run.ts')
  const { interval, signal } = attempt
  const checked = await runQuality({ step, readingOf: (sql) => readingOf(attempt, sql), now: interval.end, ...stores, signal })
  takeExternal(attempt, checked.inputs)
  for (const { name, status, message, broken, rows, share } of checked.verdicts) {
    const facts = { status, broken, rows, share, ...given({ sample: checked.samples[name] }) }
    if (status === 'passed') attempt.log.info(message, facts)
    else attempt.log.warn(message, facts)
  }
  refuseFailed(step, checked)
  return { ...checked.found }
}
