import { basename } from 'node:path'
import type { LakePolicy } from '@sluice/author'
import { formatInstant, type Instant, type LakeLayer, unreachable } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import { parseBronzeFile, partitionFolder } from '../bronze/file-name.ts'
import { readReceipts } from '../bronze/read-receipt.ts'
import { bury } from '../bronze/tombstone.ts'
import { type LakeDataset, lakeDataset, layerPath, layerStore, locationOf, tableStore } from '../dataset.ts'
import { failureOf } from '../failure.ts'
import { expiredEnding, exportsOf, logicalTimeOf, manifestOf } from '../gold/list.ts'
import { fileOf } from '../gold/read.ts'
import { isLanded } from '../read/scan.ts'
import { openBatchRows } from '../silver/batch-rows.ts'
import { openExisting } from '../silver/open.ts'
import { receiptsOf } from '../silver/receipts.ts'
import type { LakeStorage } from '../storage/storage.ts'
import { type BronzeFact, type ExportFact, planRetention, type RetentionPlan, type RetentionStep } from './retention-plan.ts'

export interface RetainContext {
  readonly storage: LakeStorage
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
 * Applies the settings of layers and datasets as of a logical time. A bronze file goes only when some receipt names its batch as an input,
 * or `consumed` does (what the warehouse took straight from bronze); its receipt is kept beside the dataset, and of an export the manifest.
 * Rows leave a silver table in one commit; their files follow with the vacuum.
 */
export async function retain(at: RetainContext, now: Instant, dryRun: boolean, consumed: Iterable<string> = []): Promise<Retained> {
  const plan = await planOf(at, now, consumed)
  let rows = 0
  if (!dryRun) for (const step of plan.steps) rows += await carryOut(at, step, now)
  const bytes = plan.steps.reduce((sum, step) => sum + (step.kind === 'rows' ? 0 : step.bytes), 0)
  return { ...plan, dryRun, rows, bytes }
}

async function planOf(at: RetainContext, now: Instant, consumed: Iterable<string>): Promise<RetentionPlan> {
  const silver = await tables(at, 'silver')
  const inputs = new Set(consumed)
  for (const dataset of silver) {
    const table = await openExisting(at.connection, tableStore(dataset))
    for (const receipt of table === undefined ? [] : await receiptsOf(table)) for (const { batch } of receipt.inputs) inputs.add(batch)
  }
  const gold: ExportFact[] = []
  for (const dataset of await tables(at, 'gold')) {
    for (const each of await exportsOf(dataset)) {
      const manifest = await manifestOf(each)
      for (const { batch } of manifest?.receipt.inputs ?? []) inputs.add(batch)
      const bytes = manifest?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0
      if (!each.expired) gold.push({ name: dataset.name, version: each.version, stem: each.stem, bytes })
    }
  }
  const bronze = (await Promise.all((await tables(at, 'bronze')).map(bronzeFacts))).flat()
  return planRetention(at.policy, { bronze, consumed: inputs, gold, silver: silver.map(({ name }) => name) }, now)
}

async function tables({ storage, project }: RetainContext, layer: LakeLayer): Promise<readonly LakeDataset[]> {
  const names = (await storage.folders(layerPath({ project, layer }))).filter((name) => /^[A-Za-z0-9][A-Za-z0-9_]*$/.test(name))
  return names.map((name) => lakeDataset(storage, project, `${layer}.${name}`))
}

async function bronzeFacts(dataset: LakeDataset): Promise<readonly BronzeFact[]> {
  return (await layerStore(dataset).walk(dataset.name)).flatMap(({ path, size }): BronzeFact[] => {
    const file = isLanded(path) ? parseBronzeFile(basename(path)) : undefined
    if (file === undefined) return []
    return [{ name: dataset.name, path: locationOf(dataset, path), batch: file.batch, logicalTime: logicalTimeOf(file.stem), bytes: size }]
  })
}

/** A landed file by its name alone. */
const pathInLayer = (dataset: LakeDataset, fileName: string): string =>
  `${dataset.name}/${partitionFolder(parseBronzeFile(fileName)?.day ?? '')}/${fileName}`

async function carryOut(at: RetainContext, step: RetentionStep, now: Instant): Promise<number> {
  switch (step.kind) {
    case 'bronze': {
      const dataset = lakeDataset(at.storage, at.project, `bronze.${step.name}`)
      const path = pathInLayer(dataset, basename(step.path))
      const [receipt] = await readReceipts(at.connect, dataset, [path])
      if (receipt !== undefined) await bury(dataset, path, receipt)
      return 0
    }
    case 'rows':
      return await deleteRows(at, step, now)
    case 'export':
      await expire(at, step)
      return 0
    default:
      return unreachable(step)
  }
}

async function deleteRows(
  at: RetainContext,
  { name, column, before }: RetentionStep & { readonly kind: 'rows' },
  now: Instant,
): Promise<number> {
  const dataset = lakeDataset(at.storage, at.project, `silver.${name}`)
  try {
    const table = await openExisting(at.connection, tableStore(dataset))
    const type = (await table?.snapshot())?.schema.fields.find((field) => field.name === column)?.type
    // A date lies before the instant when its whole day does.
    const value = type === 'date' ? formatInstant(before).slice(0, 10) : formatInstant(before)
    const deletion = {
      where: [{ column, op: '<' as const, value }],
      commitInfo: { sluiceRetention: { dataset: dataset.id, column, before: formatInstant(before), logicalTime: formatInstant(now) } },
    }
    const result = await table?.delete(deletion)
    await (await openBatchRows(at.connection, dataset))?.delete(deletion)
    return result?.deletedRows ?? 0
  } catch (thrown) {
    throw failureOf(thrown, `deleting old rows of ${dataset.id}`)
  }
}

async function expire(at: RetainContext, { name, version }: RetentionStep & { readonly kind: 'export' }): Promise<void> {
  const found = (await exportsOf(lakeDataset(at.storage, at.project, `gold.${name}`))).find((each) => each.version === version)
  if (found === undefined) return
  const manifest = await manifestOf(found)
  const store = layerStore(found.dataset)
  await store.putIfAbsent(`${found.folder}/${version}${expiredEnding}`, '')
  for (const file of manifest?.files ?? []) await store.delete(fileOf(found, file.name))
}
