import { randomUUID } from 'node:crypto'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatInstant, type Instant, type LakePolicy } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import { parseBronzeFile, partitionFolder } from '../bronze/file-name.ts'
import { readReceipts } from '../bronze/read-receipt.ts'
import { bury } from '../bronze/tombstone.ts'
import { publish } from '../durable.ts'
import { failureOf } from '../failure.ts'
import { namesIn } from '../folder.ts'
import { fileOf } from '../gold/export.ts'
import { expiredEnding, exportsOf, logicalTimeOf, manifestOf } from '../gold/list.ts'
import { type Layer, type Place, placeOf } from '../paths.ts'
import { openExisting } from '../silver/open.ts'
import { receiptsOf } from '../silver/receipts.ts'
import { type BronzeFact, type ExportFact, planRetention, type RetentionPlan, type RetentionStep } from './retention-plan.ts'

export interface RetainPlace {
  readonly root: string
  readonly project: string
  readonly connection: DuckConnection
  readonly connect: () => Promise<DuckConnection>
  readonly policy: LakePolicy
}

export interface Retained extends RetentionPlan {
  readonly dryRun: boolean
  /** Rows that left silver tables. */
  readonly rows: number
  /** Of the bronze files and exports that went, or would go. */
  readonly bytes: number
}

/**
 * Applies the settings of the zones as of a logical time. A bronze file goes only when some receipt names its batch as an input, or `consumed` does
 * (what the warehouse took straight from bronze); its receipt is kept beside the dataset, and of an export the manifest. Rows leave a silver table
 * in one commit; their files follow with the vacuum.
 */
export async function retain(at: RetainPlace, now: Instant, dryRun: boolean, consumed: Iterable<string> = []): Promise<Retained> {
  const plan = await planOf(at, now, consumed)
  let rows = 0
  if (!dryRun) for (const step of plan.steps) rows += await carryOut(at, step, now)
  const bytes = plan.steps.reduce((sum, step) => sum + (step.kind === 'rows' ? 0 : step.bytes), 0)
  return { ...plan, dryRun, rows, bytes }
}

async function planOf(at: RetainPlace, now: Instant, consumed: Iterable<string>): Promise<RetentionPlan> {
  const silver = await tables(at, 'silver')
  const inputs = new Set(consumed)
  for (const place of silver) {
    const table = await openExisting(at.connection, place.folder)
    for (const receipt of table === undefined ? [] : await receiptsOf(table)) for (const { batch } of receipt.inputs) inputs.add(batch)
  }
  const gold: ExportFact[] = []
  for (const place of await tables(at, 'gold')) {
    for (const each of await exportsOf(place)) {
      const manifest = await manifestOf(each)
      for (const { batch } of manifest?.receipt.inputs ?? []) inputs.add(batch)
      const bytes = manifest?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0
      if (!each.expired) gold.push({ name: place.name, version: each.version, stem: each.stem, bytes })
    }
  }
  const bronze = (await Promise.all((await tables(at, 'bronze')).map(bronzeFacts))).flat()
  return planRetention(at.policy, { bronze, consumed: inputs, gold, silver: silver.map(({ name }) => name) }, now)
}

async function tables({ root, project }: RetainPlace, layer: Layer): Promise<readonly Place[]> {
  const names = (await namesIn(join(root, project, layer))).filter((name) => /^[A-Za-z0-9][A-Za-z0-9_]*$/.test(name))
  return names.map((name) => placeOf(root, project, `${layer}.${name}`))
}

async function bronzeFacts(place: Place): Promise<readonly BronzeFact[]> {
  const days = (await namesIn(place.folder)).filter((day) => day.startsWith(partitionFolder('')))
  const facts: BronzeFact[] = []
  for (const day of days) {
    for (const fileName of await namesIn(join(place.folder, day))) {
      const file = parseBronzeFile(fileName)
      if (file === undefined) continue
      const path = join(place.folder, day, fileName)
      facts.push({ name: place.name, path, batch: file.batch, logicalTime: logicalTimeOf(file.stem), bytes: (await stat(path)).size })
    }
  }
  return facts
}

async function carryOut(at: RetainPlace, step: RetentionStep, now: Instant): Promise<number> {
  switch (step.kind) {
    case 'bronze': {
      const [receipt] = await readReceipts(at.connect, [step.path])
      if (receipt !== undefined) await bury(step.path, receipt)
      return 0
    }
    case 'rows':
      return await deleteRows(at, step, now)
    case 'export':
      await expire(at, step)
      return 0
    default:
      return step satisfies never
  }
}

async function deleteRows(
  at: RetainPlace,
  { name, column, before }: RetentionStep & { readonly kind: 'rows' },
  now: Instant,
): Promise<number> {
  const place = placeOf(at.root, at.project, `silver.${name}`)
  try {
    const table = await openExisting(at.connection, place.folder)
    const type = (await table?.snapshot())?.schema.fields.find((field) => field.name === column)?.type
    // A date lies before the instant when its whole day does.
    const value = type === 'date' ? formatInstant(before).slice(0, 10) : formatInstant(before)
    const result = await table?.delete({
      where: [{ column, op: '<', value }],
      commitInfo: { sluiceRetention: { dataset: place.dataset, column, before: formatInstant(before), logicalTime: formatInstant(now) } },
    })
    return result?.deletedRows ?? 0
  } catch (thrown) {
    throw failureOf(thrown, `deleting old rows of ${place.dataset}`)
  }
}

async function expire(at: RetainPlace, { name, version }: RetentionStep & { readonly kind: 'export' }): Promise<void> {
  const found = (await exportsOf(placeOf(at.root, at.project, `gold.${name}`))).find((each) => each.version === version)
  if (found === undefined) return
  const manifest = await manifestOf(found)
  const temporary = join(found.folder, `.${version}.${randomUUID()}.tmp`)
  await mkdir(found.folder, { recursive: true })
  await writeFile(temporary, '')
  await publish(temporary, join(found.folder, `${version}${expiredEnding}`))
  for (const file of manifest?.files ?? []) await rm(fileOf(found, file.name), { force: true })
}
