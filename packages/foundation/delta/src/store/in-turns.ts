/** Runs at most `width` at once. The first failure stops the rest. */
export async function inTurns<T>(items: readonly T[], width: number, act: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0
  let failed = false
  const worker = async () => {
    while (next < items.length && !failed) {
      const index = next++
      await act(items[index] as T, index).catch((cause: unknown) => {
        failed = true
        throw cause
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
}
