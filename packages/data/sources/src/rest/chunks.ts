/** Ids in their order, so many at once. */
export function chunksOf(ids: readonly string[], atOnce: number): readonly (readonly string[])[] {
  const chunks: (readonly string[])[] = []
  for (let at = 0; at < ids.length; at += atOnce) chunks.push(ids.slice(at, at + atOnce))
  return chunks
}

/** What becomes of a chunk that an id of it has spoiled: its halves are asked for, and one that is alone is the bad one. */
export function halvesOf(chunk: readonly string[]): readonly (readonly string[])[] {
  if (chunk.length < 2) return []
  const half = Math.ceil(chunk.length / 2)
  return [chunk.slice(0, half), chunk.slice(half)]
}
