import type { AnyDataset, ForeignKey } from '@sluice/author'
import { configErrors, given } from '@sluice/core'
import { type Migration, migrateDown, migrateUp, migrationErrors, openPool, type Pool, readMigrations } from '@sluice/postgres'
import type { FactBase } from '@supabase/pg-delta'
import { isGrant } from '../ddl/grants.ts'
import { checkName, indexName, splitTableName } from '../ddl/names.ts'
import type { TableShape } from '../ddl/shape.ts'
import { takenForRename } from '../drift/alter-table.ts'
import { carryOutRenames } from '../drift/carry-out-renames.ts'
import type { Change } from '../drift/change.ts'
import { compareAll, lackingBeside, nextId, otherTables, wantedShapes } from '../drift/check-drift.ts'
import type { Compared } from '../drift/compared.ts'
import { driftOf } from '../drift/drift.ts'
import { keepingWhatItMakes, type Migrated } from '../drift/migrated.ts'
import { fileWord, type Lacking, lackingOf } from '../drift/migration-to-write.ts'
import { isDecided, questionsOf } from '../drift/questions.ts'
import { type NewName, renamed } from '../drift/renames.ts'
import { listsValues } from '../drift/values-listed.ts'
import { viewsLeft } from '../drift/views-left.ts'
import { inWarehouse } from '../fault.ts'
import { diffWarehouse, type WarehouseDiff } from '../migrate/migrate.ts'
import { migratePlatform } from '../migrate/platform-migrations.ts'
import type { FactDelta } from './asked.ts'
import { catalogueOf } from './catalogue-of.ts'
import { declareIn } from './declare-in.ts'
import { declaredBefore } from './declared-line.ts'
import { declaredNow, isPartOf, listingsOf, withoutDeclared } from './declared-objects.ts'
import { lossesOf } from './losses.ts'
import { nextFiles } from './next-files.ts'
import { type PgDelta, pgDelta } from './pg-delta.ts'
import { readSchema } from './schema-files.ts'
import type { MakeScratch, Scratch } from './scratch.ts'
import { byHandSentences, schemaSentences } from './sentences.ts'
import { isLarge, readSizes } from './sizes.ts'
import { partsOf, stepsBetween } from './steps.ts'
import { wantedCatalogue } from './wanted-catalogue.ts'
import type { WholeMigration } from './whole-migration.ts'

export interface ProposeRequest {
  readonly tables: readonly AnyDataset[]
  readonly keys: readonly ForeignKey[]
  /** Names of views that models make: others that they have made before are to go. */
  readonly views?: readonly string[]
  /** Folder of the `.sql` files that declare what no dataset can; null where a project has none. */
  readonly schema: string | null
  /** Of the migration, unless its tables are to name it. */
  readonly name?: string
  readonly renames?: readonly NewName[]
  /** What `renames` does not name was dropped, and not renamed. */
  readonly allowLoss?: boolean
}

/** What the migrations of a project lack, with what its author has to know before it is written. */
export interface Proposal extends WarehouseDiff {
  /** Migrations that follow the first one: what runs in no transaction has a file of its own. */
  readonly further: readonly WholeMigration[]
  /** What somebody has changed in the database by hand, a sentence each. */
  readonly byHand: readonly string[]
  /** Both sides were run on a scratch database: up led to what is declared, down to what was there. */
  readonly proved: boolean
  /** Why something was not done, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * The migration that brings what the migrations make to what is declared: by datasets and by the files of `schema/`. It is tried out in a
 * scratch database, up and down, before anybody sees it. Where that cannot be, the differences of the datasets' own tables are told, with a
 * note. Changes nothing.
 *
 * @throws `migration.failed` for a migration that fails in an empty database, a file of `schema/` that does, and what stands in its own way
 */
export const proposeMigration = (
  url: string,
  folder: string | null,
  request: ProposeRequest,
  makeScratch?: MakeScratch,
): Promise<Proposal> =>
  inWarehouse(async () => {
    const { tables, keys, views = [], name } = request
    const described = new Map<string, readonly TableShape[]>()
    const shown: ShowTables = async (pool) => {
      const key = await sessionOf(pool)
      const shapes = described.get(key) ?? (await wantedShapes(pool, tables, keys))
      described.set(key, shapes)
      return shapes
    }
    const declared = { tables, keys, views, shown, ...given({ name }) }
    const plain = await diffWarehouse(url, folder, declared)
    const unproved: Unproved = async (note, byHand = []) => {
      const { renames = [], allowLoss = false } = request
      const asked = renames.length === 0 && !allowLoss ? plain : await diffWarehouse(url, folder, { ...declared, renames, allowLoss })
      return { ...nothingMore, ...asked, differences: plain.differences, byHand, notes: [note] }
    }
    const library = makeScratch === undefined ? undefined : await pgDelta()
    if (makeScratch === undefined || library === undefined) return await unproved(notInstalled)
    const known = folder === null ? [] : await readMigrations(folder)
    if (tables.length === 0 && known.length === 0 && request.schema === null) return { ...plain, ...nothingMore, proved: true }
    const made = await makeScratch().catch((error: unknown) => {
      if (configErrors.missing.is(error)) return error
      throw error
    })
    if (made instanceof Error) return await unproved(`Not tried out: ${made.message}.`)
    const live = openPool(url, { max: 2 })
    try {
      const left = await viewsLeft(live, views)
      const ofTables = { ...plain, differences: plain.differences.filter((each) => !left.differences.includes(each)) }
      const proposal = await compareWith(library, { live, made, makeScratch }, { known, plain: ofTables, unproved, request, shown })
      return proposal.proved ? withViewsLeft(proposal, left, (word) => nextId(name ?? word, known)) : proposal
    } finally {
      await live.end()
      await made.drop()
    }
  })

/** Migrations make no views of models: that they go was not tried out. */
function withViewsLeft(proposal: Proposal, { differences, migration }: Lacking, idOf: (word: string) => string): Proposal {
  if (migration === null) return proposal
  const rest = proposal.migration
  const { up, down } = migration
  return {
    ...proposal,
    differences: [...differences, ...proposal.differences],
    migration:
      rest === null ? { id: idOf(migration.word), up, down } : { id: rest.id, up: behindMarks(rest.up, up), down: `${rest.down}\n${down}` },
  }
}

/** What a file says of itself comes first in it. */
function behindMarks(text: string, more: string): string {
  const [, marks = '', rest = ''] = /^((?:-- (?:no-transaction|Declared in schema).*\n+)*)([\s\S]*)$/.exec(text) ?? []
  return `${marks}${more}\n${rest}`
}

/** How the server describes the declared tables. Making them takes some milliseconds each. */
type ShowTables = (pool: Pool) => Promise<readonly TableShape[]>

/** Of two sessions with the same answer the server describes a table with the same words. */
async function sessionOf(pool: Pool): Promise<string> {
  const [session] = await pool.query<{ words: string }>(
    "select json_build_array(current_user, version(), current_setting('search_path'))::text as words",
  )
  return session?.words ?? ''
}

type Unproved = (note: string, byHand?: readonly string[]) => Promise<Proposal>

const nothingMore = { further: [], losses: [], questions: [], byHand: [], proved: false, notes: [] } as const
/** One sentence for whoever has to do something about it. */
const notInstalled =
  'Not tried out: @supabase/pg-delta is not installed, so datasets alone were compared. Install it where migrations are written: npm install --save-dev @supabase/pg-delta@1.0.0-alpha.34'

interface Databases {
  readonly live: Pool
  readonly made: Scratch
  readonly makeScratch: MakeScratch
}

interface Compare {
  readonly known: readonly Migration[]
  /** The comparison of the database itself with the datasets. */
  readonly plain: WarehouseDiff
  readonly unproved: Unproved
  readonly request: ProposeRequest
  readonly shown: ShowTables
}

async function compareWith(library: PgDelta, { live, made, makeScratch }: Databases, of: Compare): Promise<Proposal> {
  const { known, plain, unproved, request, shown } = of
  const { tables, keys } = request
  const statements = request.schema === null ? [] : await readSchema(request.schema)
  await migratePlatform(made.url)
  const pool = openPool(made.url, { max: 2 })
  try {
    const started = await startFrom(library, live, pool, { url: made.url, known, pending: plain.pending }).catch(unlessItFails)
    if ('failure' in started) return await unproved(started.failure)
    const { start, byHand } = started
    const shapesShown = await shown(pool)
    const first = await compareAll(pool, tables, keys, shapesShown)
    const { differences } = lackingOf(first.compared, first.migrated)
    const couldCompare = plain.pending.length === 0 || plain.differences.length > 0
    if (couldCompare && !sameTexts(differences, plain.differences)) return await unproved(madeByHand, byHand)
    const asked = request.renames ?? []
    const names = tables.map((table) => table.name)
    const questions = questionsOf(first.compared, await otherTables(pool, names)).filter((each) => !isDecided(asked, each))
    const taken = request.allowLoss === true ? [] : questions.filter((each) => each.taken)
    const renames = [...asked.flatMap(renamed), ...taken.flatMap(renamed).map(withNote)]
    await carryOutRenames(pool, [...asked, ...taken], tables)
    const base = renames.length === 0 ? start : await catalogueOf(library, pool)
    const { compared, migrated } = renames.length === 0 ? first : await compareAll(pool, tables, keys, shapesShown)
    const differing = compared.filter((each) => differs(each, migrated))
    const before = declaredBefore(known)
    const found: Proposal = { ...plain, ...nothingMore, differences, migration: null, questions, byHand, proved: true }
    if (differing.length + statements.length + before.size + renames.length === 0) return found

    if (differing.some((each) => takesRights(each, migrated))) return await unproved(takesRightsNote, byHand)
    const owner = await ownerOf(pool)
    const rest = withoutDeclared(library, base, before)
    await pool.end()
    const declared = await inScratch(await makeScratch(made.name), async (copy) => {
      await declareIn(
        library,
        copy,
        { made: base, rest },
        { tables, keys, differing: differing.map(({ table }) => table), statements, owner },
      )
      return await catalogueOf(library, copy)
    })
    const shapes = new Map(compared.map(({ wanted }) => [wanted.name, wanted]))
    const now = declaredNow(library, rest, declared, shapes)
    const wanted = wantedCatalogue(library, base, declared, { tables: new Set(shapes.keys()), listings: listingsIn(compared), now, before })
    const steps = stepsBetween(library, base, wanted.catalogue, owner)
    if (steps.length + renames.length === 0) return differing.length === 0 ? found : await unproved(cannotSay, byHand)

    const sizes = await readSizes(live)
    const besides = builtBesides(tables)
    const inPartitions = new Set(tables.filter(({ facts }) => facts.ranges !== undefined).map(({ name }) => name))
    await inPool(made.url, async (again) => {
      for (const { down } of renames.toReversed()) await again.query(down)
    })
    const { files, reached } = await nextFiles(library, made.url, known, {
      start,
      parts: partsOf(
        steps,
        (table, index) => !inPartitions.has(table) && (isLarge(sizes, table) || (sizes.has(table) && besides.has(index))),
      ),
      renames,
      declared: statements.length + before.size === 0 ? null : now,
      name: request.name ?? wordOf(differing),
      sizes,
      owner,
    })
    const [migration = null, ...further] = files
    await prove(library, made.url, { known, files, tables, shown: shapesShown, start, reached, end: wanted.catalogue, owner })
    const told = schemaSentences(wanted.asked, (delta) => isTold(shapes, base, delta), library.encodeId)
    return { ...found, differences: [...differences, ...told], migration, further, losses: lossesOf(steps, wanted.asked, sizes) }
  } finally {
    await pool.end()
  }
}

function unlessItFails(error: unknown): { readonly failure: string } {
  if (!migrationErrors.failed.is(error)) throw error
  return { failure: `Not tried out: in an empty database ${error.message}` }
}

const madeByHand =
  'Not tried out: somebody has changed the database by hand, so the migration is written for it as it is. What takes away says "if exists", since a new database never had it.'
const cannotSay = 'Not tried out: what differs is said by no statement that is known here.'

const takesRightsNote = 'Not tried out: a right that a dataset no longer gives is taken by a statement of its own.'

const takesRights = ({ wanted, live }: Compared, migrated: Migrated): boolean =>
  live !== undefined &&
  driftOf([wanted], [live], migrated).some((sentence) => isGrant(sentence) && !sentence.endsWith('declared and not in the database'))

const sameTexts = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((each) => b.includes(each))

const withNote = ({ up, down }: Change): Change => ({ up: `${takenForRename}\n${up}`, down })

/** A list of values that a dataset no longer has leaves a check that nobody declares. */
const differs = ({ table, wanted, live }: Compared, migrated: Migrated): boolean =>
  live === undefined ||
  driftOf([wanted], [live], migrated).length > 0 ||
  live.objects.some((text) => !wanted.objects.includes(text) && listsValues(text) && checksOf(table).includes(live.named[text]?.name ?? ''))

const checksOf = (table: AnyDataset): readonly string[] => Object.keys(table.columns).map((column) => checkName(table, column))

const listingsIn = (compared: readonly Compared[]): ReadonlySet<string> =>
  new Set(compared.flatMap(({ table, wanted }) => [...listingsOf(wanted), ...checksOf(table)].map((each) => `${table.name}.${each}`)))

/** Names of indexes that are to be built while others write. */
const builtBesides = (tables: readonly AnyDataset[]): ReadonlySet<string> =>
  new Set(
    tables.flatMap((table) =>
      table.facts.indexes.filter(({ concurrently }) => concurrently === true).map((index) => indexName(table, index)),
    ),
  )

const isTold = (shapes: ReadonlyMap<string, TableShape>, base: FactBase, delta: FactDelta): boolean => {
  const fact = delta.verb === 'set' ? base.get(delta.id) : delta.fact
  return fact !== undefined && !(delta.verb === 'set' && delta.id.kind === 'table') && isPartOf(shapes, fact)
}

const wordOf = (differing: readonly Compared[]): string => {
  const [only] = differing
  if (only === undefined) return 'schema'
  return differing.length === 1 ? fileWord(splitTableName(only.table.name).name) : 'tables'
}

async function ownerOf(pool: Pool): Promise<string> {
  const [session] = await pool.query<{ owner: string }>('select current_user::text as owner')
  return session?.owner ?? ''
}

/** Applies all migrations. @returns what they make, and what the database has otherwise than those that are applied there make it */
async function startFrom(
  library: PgDelta,
  live: Pool,
  made: Pool,
  { url, known, pending }: { readonly url: string; readonly known: readonly Migration[]; readonly pending: readonly string[] },
): Promise<{ readonly start: FactBase; readonly byHand: readonly string[] }> {
  const options = { together: true, around: keepingWhatItMakes }
  const applied = known.filter(({ id }) => !pending.includes(id))
  if (applied.length > 0) await migrateUp(url, applied, options)
  const [ofApplied, found] = await Promise.all([catalogueOf(library, made), catalogueOf(library, live)])
  const byHand = byHandSentences(library, ofApplied, found)
  if (pending.length === 0) return { start: ofApplied, byHand }
  await migrateUp(url, known, options)
  return { start: await catalogueOf(library, made), byHand }
}

async function inPool<T>(url: string, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = openPool(url, { max: 2 })
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}

async function inScratch<T>(scratch: Scratch, work: (pool: Pool) => Promise<T>): Promise<T> {
  try {
    return await inPool(scratch.url, work)
  } finally {
    await scratch.drop()
  }
}

/** @throws `migration.failed` where up does not lead to what is declared, or down not back */
async function prove(
  library: PgDelta,
  url: string,
  of: Pick<ProposeRequest, 'tables'> & {
    /** The tables as the server describes them. */
    readonly shown: readonly TableShape[]
    readonly known: readonly Migration[]
    readonly files: readonly Migration[]
    readonly start: FactBase
    /** Behind all files. */
    readonly reached: FactBase
    readonly end: FactBase
    readonly owner: string
  },
): Promise<void> {
  await inPool(url, async (pool) => {
    const up = stepsBetween(library, of.reached, of.end, of.owner).map(({ sql }) => sql)
    const left = [...up, ...(await lackingBeside(pool, of.tables, of.shown)).differences]
    if (left.length > 0) throw unproven('does not lead to what is declared', left)
    const before = of.known.at(-1)
    await migrateDown(url, [...of.known, ...of.files], before === undefined ? 'none' : { id: before.id }, { around: keepingWhatItMakes })
    const down = stepsBetween(library, await catalogueOf(library, pool), of.start, of.owner).map(({ sql }) => sql)
    if (down.length > 0) throw unproven('is not taken back by its down file', down)
  })
}

const unproven = (what: string, left: readonly string[]) =>
  migrationErrors.failed(`the migration that was made ${what}; this is left:\n- ${left.join('\n- ')}`, {
    next: 'Write this migration by hand, and report what it was to change: the comparison should have known.',
  })
