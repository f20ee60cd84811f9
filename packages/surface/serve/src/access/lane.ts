/** Work that is done one piece at a time, with few waiting; fewer still of one key, so that no key takes all of the room. */
export interface Lane {
  hasRoom(key: string): boolean
  enter<T>(key: string, work: () => Promise<T>): Promise<T>
}

export function createLane({ most, mostOfKey }: { readonly most: number; readonly mostOfKey: number }): Lane {
  const inside = new Map<string, number>()
  let last: Promise<unknown> = Promise.resolve()
  let count = 0
  return {
    hasRoom: (key) => count < most && (inside.get(key) ?? 0) < mostOfKey,
    async enter(key, work) {
      count++
      inside.set(key, (inside.get(key) ?? 0) + 1)
      const done = last.then(work)
      last = done.catch(() => undefined)
      try {
        return await done
      } finally {
        count--
        const left = (inside.get(key) ?? 1) - 1
        if (left === 0) inside.delete(key)
        else inside.set(key, left)
      }
    },
  }
}
