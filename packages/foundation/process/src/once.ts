export interface Once<T> {
  (): Promise<T>
  /** What was made, or is being made; `undefined` when nobody asked. */
  begun(): Promise<T> | undefined
}

/** Makes a thing when it is first asked for; a failed try is not remembered. */
export function once<T>(make: () => Promise<T>): Once<T> {
  let making: Promise<T> | undefined
  const ask = (): Promise<T> => {
    making ??= make().catch((error: unknown) => {
      making = undefined
      throw error
    })
    return making
  }
  return Object.assign(ask, { begun: () => making })
}

/** Closes what was made, or is being made. A thing that nobody asked for is not made for it. */
export async function closeBegun(made: Once<{ close(): Promise<void> | void }>): Promise<void> {
  const thing = await made.begun()?.catch(() => undefined)
  await thing?.close()
}
