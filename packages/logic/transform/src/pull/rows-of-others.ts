import { definitionErrors, type SinkReceipt } from '@sluice/core'

/**
 * A full pull takes all rows of its dataset away. Those that its source has not brought would be lost, whatever the project declares now:
 * its steps may be those of a branch, or have had another source before.
 * @throws `definition.invalid`
 */
export function refuseRowsOfOthers(
  receipts: readonly Pick<SinkReceipt, 'batch' | 'generation' | 'version' | 'task' | 'rowsWritten' | 'slice' | 'file'>[],
  { source, dataset }: { readonly source: string; readonly dataset: string },
): void {
  const own = receipts.filter(({ slice }) => slice?.source === source)
  // What came before was refused then, or the rows of it went.
  const seen = Math.max(-1, ...own.map(({ version }) => Number(version)))
  const lately = Map.groupBy(
    receipts.filter(({ slice, version }) => slice?.source !== source && Number(version) > seen),
    ({ batch }) => batch,
  )
  const standing = [...lately.values()].flatMap((same) => same.toSorted((a, b) => b.generation - a.generation).slice(0, 1))
  const other = standing.find(({ rowsWritten }) => rowsWritten > 0)
  if (other === undefined) return
  const by = other.slice?.source ?? other.file?.source
  const whose = by === undefined ? `of the task ${other.task}` : `of the source ${by}`
  throw definitionErrors.invalid(`${dataset} holds rows ${whose}, and a full pull of ${source} would take them away`, {
    facts: { dataset, source, task: other.task, batch: other.batch },
    next: `Let ${source} fill a dataset of its own: declare one under another name. Where the source was only renamed, give it the name of before.`,
  })
}
