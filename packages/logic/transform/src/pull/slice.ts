import type { SinkReceipt, SliceFact } from '@sluice/core'
import type { RowsAsked } from '@sluice/sources/sql'

/**
 * Where the slice of a batch begins, by the receipts of its dataset: at the greatest value that a pull of the source has seen. A batch that
 * is read again begins where it began first, so that no row goes which it alone has brought.
 */
export function sliceFrom(
  receipts: readonly Pick<SinkReceipt, 'batch' | 'generation' | 'version' | 'slice'>[],
  { source, batch }: { readonly source: string; readonly batch: string },
): Pick<RowsAsked, 'seen' | 'since'> {
  const known = receipts.flatMap(({ slice, ...receipt }) => (slice?.source === source ? [{ ...receipt, ...slice }] : []))
  const newest = known.toSorted((a, b) => Number(b.version) - Number(a.version))[0]
  const first = known.filter((each) => each.batch === batch).toSorted((a, b) => a.generation - b.generation)[0]
  return { seen: newest?.greatest ?? null, ...(first === undefined ? {} : { since: first.since }) }
}

/** What has filled the columns of a dataset when a source was pulled last. */
export function filledBefore(receipts: readonly Pick<SinkReceipt, 'version' | 'slice'>[], source: string): SliceFact['filledBy'] {
  const known = receipts.filter(({ slice }) => slice?.source === source)
  return known.toSorted((a, b) => Number(b.version) - Number(a.version))[0]?.slice?.filledBy
}
