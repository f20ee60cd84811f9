import { join } from 'node:path'
import { long, seeded, seedOfRun } from '@sluice/core/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StructType, schemaOf } from '../schema/schema.ts'
import { queryRows, quoteIdentifier } from '../sql.ts'
import { openTable } from '../table.ts'
import { type DeltaRs, deltaRs, startDeltaRs } from './testing/delta-rs.ts'
import { type Hands, ourHands, sparkHands } from './testing/hands.ts'
import { whyAbsent } from './testing/installation.ts'
import { after, type Deed, type Kind, type Life, plan } from './testing/life.ts'
import { ourEngine } from './testing/ours.ts'
import { createSetup, type Setup, setups, someSetups } from './testing/setups.ts'
import type { WithSpark } from './testing/spark.ts'
import { newestVersion, ourFaults } from './testing/turns.ts'
import { canonicalRow, type Row, sorted } from './testing/values.ts'

const seed = seedOfRun()
export const lifeSetups = someSetups(1, 3)

/** Every kind at least once, in an order in which each finds what it needs. */
const everyKind: readonly Kind[] = [
  'append',
  'append',
  'merge',
  'map',
  'add',
  'merge',
  'rename',
  'constrain',
  'violate',
  'break the constraint',
  'update',
  'evolve',
  'drop',
  'add',
  'merge repeated rows',
  'unconstrain',
  'delete by repeated rows',
  'rename',
  'optimize',
  'evolve',
  'checkpoint',
  'merge',
  'delete',
]

const anyKind: readonly [Kind, ...Kind[]] = ['merge', 'merge', 'rename', 'drop', 'add', 'evolve', ...everyKind]
const refused: ReadonlySet<Kind> = new Set(['violate', 'break the constraint', 'merge repeated rows'])

/**
 * A table whose columns, constraints and rows change by us and by Spark in turns, and which each engine vacuums. A plain model says what
 * every reader must find; what one engine refuses the other refuses too, and nothing has changed then.
 */
export function lifeCases({ connection, folder, spark }: WithSpark): void {
  let rust: DeltaRs | undefined
  beforeAll(async () => {
    rust = (await whyAbsent(deltaRs)) === undefined ? await startDeltaRs() : undefined
  })
  afterAll(() => rust?.close())

  test.for(lifeSetups)(`$title (SLUICE_SEED=${seed})`, async (setup) => {
    const root = join(folder, setup.title)
    const random = seeded(seed + setups.indexOf(setup))
    let life = await born(root, setup)
    const told: string[] = []
    const states = new Map<number, Life>()
    let oldest = newestVersion(root)
    const readers = [ourEngine(connection), spark(), ...(rust === undefined ? [] : [rust])]
    const hands = [ourHands((where) => openTable(where, { connection })), sparkHands(spark())] as const

    const expectState = async (version?: number) => {
      const wanted = version === undefined ? life : (states.get(version) ?? life)
      const rows = sorted([...wanted.rows.values()].map((row) => canonicalRow(row, wanted.schema)))
      for (const reader of readers) {
        const found = sorted(await reader.rows(root, wanted.schema, version))
        expect(found, `${reader.name} at ${version ?? 'the newest version'} after ${told.join('; ')}`).toEqual(rows)
      }
    }
    const live = async (kind: Kind, by: Hands) => {
      const deed = plan(life, random, kind)
      if (deed === undefined) return
      told.push(`${by.name}: ${kind} ${said(deed)}`)
      if (refused.has(kind)) {
        const before = newestVersion(root)
        for (const each of hands) await expect(each.do(root, life.schema, deed), told.join('; ')).rejects.toThrow(refusalOf(kind))
        expect(newestVersion(root)).toBe(before)
        return
      }
      const before = newestVersion(root)
      await by.do(root, life.schema, deed).catch((cause: unknown) => {
        throw new Error(`${told.join('; ')}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
      })
      life = after(life, deed)
      states.set(newestVersion(root), life)
      if (kind === 'vacuum') oldest = newestVersion(root)
      // A merge that changes nothing makes no version with us.
      const changed = newestVersion(root) > before
      if (deed.kind === 'merge' && changed && setup.properties['delta.enableChangeDataFeed'] === 'true')
        await expectSameFeed(root, life.schema, before + 1)
      expect(ourFaults(root), told.join('; ')).toEqual([])
    }

    const kinds = [...everyKind, ...Array.from({ length: long ? 24 : 0 }, () => random.pick(anyKind))]
    for (const [index, kind] of kinds.entries()) {
      await live(kind, random.pick(hands))
      if (index % (long ? 2 : 4) !== 1) continue
      await expectState()
      const earlier = [...states.keys()].filter((version) => version >= oldest && version < newestVersion(root))
      const version = earlier[random.integer(earlier.length)]
      if (version !== undefined && index % 4 === 1) await expectState(version)
    }
    for (const by of [...hands, ...rustHands(setup)]) {
      await live('vacuum', by)
      await expectState()
      await live('append', random.pick(hands))
    }
    await expectState()

    function rustHands({ cannotWrite = [] }: Setup): Hands[] {
      const engine = rust
      if (engine === undefined || cannotWrite.includes(engine.name)) return []
      return [{ name: engine.name, do: (where) => engine.vacuum(where) }]
    }
  })

  async function born(root: string, setup: Setup): Promise<Life> {
    const schema = await createSetup({ connection, spark: spark() }, root, setup)
    return {
      schema: schemaOf(schema.fields.map(({ name, type }) => ({ name, type }))),
      partitionBy: setup.partitionBy ?? [],
      asciiPartitions: setup.asciiPartitions === true,
      mapped: 'delta.columnMapping.mode' in setup.properties,
      constrained: false,
      rows: new Map<number, Row>(),
      next: 0,
      freed: [],
    }
  }

  /** The change data feed of one version, by both engines. */
  async function expectSameFeed(root: string, schema: StructType, version: number): Promise<void> {
    const table = await openTable(root, { connection })
    const withKind = {
      ...schema,
      fields: [...schema.fields, { name: '_change_type', type: 'string', nullable: false, metadata: {} }],
    } as const
    const columns = (quote: (name: string) => string, hex: (sql: string) => string) =>
      withKind.fields.map(({ name, type }) => (type === 'binary' ? `${hex(quote(name))} AS ${quote(name)}` : quote(name))).join(', ')
    const feed = (rows: readonly Record<string, unknown>[]) => sorted(rows.map((row) => canonicalRow(row, withKind)))
    const changes = await table.changes({ from: version, to: version })
    const ours = await queryRows(connection, `SELECT ${columns(quoteIdentifier, (sql) => `lower(hex(${sql}))`)} FROM (${changes})`)
    const quote = (name: string) => `\`${name.replaceAll('`', '``')}\``
    const path = root.replaceAll("'", "\\'")
    const theirs = await spark().sql(
      `SELECT ${columns(quote, (sql) => `lower(hex(${sql}))`)} FROM table_changes_by_path('${path}', ${version}, ${version})`,
    )
    expect(feed(theirs)).toEqual(feed(ours))
  }
}

/** What the errors of both engines say. */
function refusalOf(kind: Kind): RegExp {
  if (kind === 'merge repeated rows') return /would change one row|multiple/i
  return /constraint/i
}

function said(deed: Deed): string {
  return JSON.stringify(deed, (name, value: unknown) => (name === 'rows' || name === 'source' ? (value as Row[]).length : value))
}
