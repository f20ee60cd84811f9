/** Bytes above which a file is written by itself: its rows then stream, and are staged only where one of them is broken. */
export const aloneFrom = 16 * 1024 * 1024

const mostFiles = 200
const mostBytes = 32 * 1024 * 1024

/** Files in their order, as they are written together: one statement judges the rows of a group, one commit writes them. */
export function groupsOf<F extends { readonly listed: { readonly bytes: number } }>(files: readonly F[]): readonly (readonly F[])[] {
  const groups: F[][] = []
  let bytes = 0
  for (const file of files) {
    const size = file.listed.bytes
    const group = groups.at(-1)
    if (group === undefined || size >= aloneFrom || group.length === mostFiles || bytes + size > mostBytes) {
      groups.push([file])
      bytes = size >= aloneFrom ? Number.POSITIVE_INFINITY : size
    } else {
      group.push(file)
      bytes += size
    }
  }
  return groups
}
