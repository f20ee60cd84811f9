import { readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { schemaOf } from '../schema/schema.ts'
import { openTable } from '../table.ts'
import { type DeltaRs, deltaRs, startDeltaRs } from './testing/delta-rs.ts'
import { ourHands, sparkHands } from './testing/hands.ts'
import { whyAbsent } from './testing/installation.ts'
import { after, type Deed, freshRow, type Life, plan } from './testing/life.ts'
import { ourEngine } from './testing/ours.ts'
import { sampleColumns } from './testing/sample.ts'
import { createSetup, setups, someSetups } from './testing/setups.ts'
import { sparkTable, type WithSpark } from './testing/spark.ts'
import { newestVersion, ourFaults } from './testing/turns.ts'
import { canonicalRow, type Row, sorted } from './testing/values.ts'

const seed = seedOfRun()
const commits = long ? 3000 : 60
/** Wide rows would take most of the time, and the log is what is tried. */
const fewColumns = new Set(['id', 'part', 'pday', 'name', 'price', 'seen'])
export const logSetups = someSetups(1, 0)
const dayMs = 86_400_000

/**
 * A log of many commits, most of them ours, that ages twice: first Spark checkpoints and cleans it up, then we do. After each cleanup the
 * engines must agree on the versions that are left, on the oldest of them and on the newest.
 */
export function logCases({ connection, folder, spark }: WithSpark): void {
  const ours = ourEngine(connection)
  let rust: DeltaRs | undefined
  beforeAll(async () => {
    rust = (await whyAbsent(deltaRs)) === undefined ? await startDeltaRs() : undefined
  })
  afterAll(() => rust?.close())

  test.for(logSetups)(`${commits} commits: $title (SLUICE_SEED=${seed})`, async (setup) => {
    const root = join(folder, setup.title)
    const random = seeded(seed + setups.indexOf(setup))
    const columns = (setup.columns ?? sampleColumns).filter(({ name }) => fewColumns.has(name))
    const schema = await createSetup({ connection, spark: spark() }, root, { ...setup, columns })
    // Otherwise Spark refuses to read the versions that are left of an old log.
    await (await openTable(root, { connection })).setProperties({ 'delta.deletedFileRetentionDuration': 'interval 1000 days' })
    let life: Life = {
      schema: schemaOf(schema.fields.map(({ name, type }) => ({ name, type }))),
      partitionBy: setup.partitionBy ?? [],
      asciiPartitions: setup.asciiPartitions === true,
      mapped: false,
      constrained: false,
      rows: new Map<number, Row>(),
      next: 0,
      freed: [],
    }
    const states = new Map<number, Life>()
    const open = await openTable(root, { connection })
    const [we, they] = [ourHands(async () => open), sparkHands(spark())]

    await grow(commits / 3)
    age()
    const before = versionsIn(root)
    await spark().checkpoint(root)
    const afterTheirs = versionsIn(root)
    expect(afterTheirs.length).toBeLessThan(before.length)
    await expectAgreement()

    await grow(commits / 3)
    age()
    const table = await openTable(root, { connection })
    await table.checkpoint()
    await table.cleanupLog()
    expect(versionsIn(root)[0]).toBeGreaterThan(afterTheirs[0] ?? 0)
    await expectAgreement()

    await grow(commits / 3)
    await spark().checkpoint(root)
    await expectAgreement()
    expect(ourFaults(root)).toEqual([])

    /** A few of the commits are Spark's. The table stays small, so that its readers take little of the time. */
    async function grow(count: number): Promise<void> {
      for (let index = 1; index <= count; index++) {
        const kind = random.chance(0.1) ? random.pick(['merge', 'update']) : 'append'
        const deed: Deed | undefined =
          index % 25 === 0
            ? { kind: 'delete', where: { divisor: 2, remainder: random.integer(2) } }
            : kind === 'append'
              ? { kind, rows: [freshRow(life, random, life.next)] }
              : plan(life, random, kind)
        if (deed === undefined) continue
        await (index % (long ? 100 : 10) === 0 ? they : we).do(root, life.schema, deed)
        life = after(life, deed)
        states.set(newestVersion(root), life)
        if (index % 200 === 0) await (random.chance(0.5) ? they : we).do(root, life.schema, { kind: 'optimize' })
        if (index % 250 === 0) await spark().checkpoint(root)
      }
    }

    /** Every file of the log becomes 40 days older than it was. */
    function age(): void {
      const log = join(root, '_delta_log')
      const seconds = (Date.now() - 40 * dayMs) / 1000
      for (const [index, name] of readdirSync(log).sort().entries()) {
        if (name !== '_sidecars') utimesSync(join(log, name), seconds + index, seconds + index)
      }
    }

    async function expectAgreement(): Promise<void> {
      const known = versionsIn(root)
      const oldest = await oldestReadable()
      const spoken = (await spark().sql(`DESCRIBE HISTORY ${sparkTable(root)}`)).map(({ version }) => Number(version))
      const told = (await (await openTable(root, { connection })).history()).map(({ version }) => version)
      expect(told).toEqual(known.toReversed())
      expect(spoken.toSorted((a, b) => b - a)).toEqual(told)
      for (const version of [undefined, oldest]) {
        const state = version === undefined ? life : states.get(version)
        if (state === undefined) continue
        const rows = sorted([...state.rows.values()].map((row) => canonicalRow(row, state.schema)))
        for (const reader of [ours, spark(), ...(rust === undefined ? [] : [rust])])
          expect(sorted(await reader.rows(root, state.schema, version)), `${reader.name} at ${version ?? 'the newest'}`).toEqual(rows)
      }
      if (oldest === 0) return
      for (const reader of [ours, spark()]) await expect(reader.rows(root, life.schema, oldest - 1)).rejects.toThrow()
    }

    async function oldestReadable(): Promise<number> {
      const table = await openTable(root, { connection })
      for (const version of versionsIn(root)) {
        const found = await table.snapshot({ version }).catch(() => undefined)
        if (found !== undefined) return version
      }
      throw new Error('no version can be read')
    }
  })
}

/** The versions whose commits are in the log, oldest first. */
function versionsIn(root: string): number[] {
  return readdirSync(join(root, '_delta_log'))
    .flatMap((name) => (/^\d{20}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []))
    .sort((a, b) => a - b)
}
