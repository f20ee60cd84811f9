import { type AnswersFact, compactInstant, type Instant } from '@sluice/core'
import type { DuckConnection } from '@sluice/duckdb'
import { datasetPath, type LakeDataset, layerStore } from '../dataset.ts'
import { type BronzeFile, newestFetches, parseBronzeFile } from './file-name.ts'
import { readReceipts } from './read-receipt.ts'
import { buriedFiles, buriedReceipt } from './tombstone.ts'

/**
 * What the newest landing of a source before a logical time tells, whoever made it; of bodies that retention took, too. Days are looked
 * through from the newest on, so that it costs the same however long the history is.
 */
export async function newestAnswers(
  connect: () => Promise<DuckConnection>,
  dataset: LakeDataset,
  source: string,
  before: Instant,
): Promise<AnswersFact | undefined> {
  const isBefore = ({ stem }: BronzeFile): boolean => stem < compactInstant(before)
  const days = (await dataset.storage.folders(datasetPath(dataset))).filter((name) => name.startsWith('date='))
  for (const day of days.toReversed()) {
    const folder = `${dataset.name}/${day}`
    const files = newestFetches(await layerStore(dataset).list(folder))
      .filter(isBefore)
      .toReversed()
    const receipts = await readReceipts(
      connect,
      dataset,
      files.map(({ fileName }) => `${folder}/${fileName}`),
    )
    const found = receipts.find(({ answers }) => answers?.source === source)
    if (found !== undefined) return found.answers
  }
  const buried = (await buriedFiles(dataset)).flatMap((name) => parseBronzeFile(name) ?? [])
  for (const { fileName } of newestFetches(buried.map((file) => file.fileName))
    .filter(isBefore)
    .toReversed()) {
    const { answers } = await buriedReceipt(dataset, fileName)
    if (answers?.source === source) return answers
  }
  return undefined
}
