/** Why not all rows are shown, and how to see the others. */
export function cutNote(
  { rows, cutBy }: { readonly rows: readonly unknown[]; readonly cutBy?: string | null | undefined },
  all: string,
): string {
  const only = `Only the first ${rows.length} rows`
  if (cutBy === 'bytes') return `${only}: an answer may have no more bytes. Select fewer columns or shorter values, or ${all}.`
  if (cutBy === 'cells') return `${only}: an answer may have no more cells. Select fewer columns, or ${all}.`
  return `${only}: raise --limit, or ${all}.`
}
