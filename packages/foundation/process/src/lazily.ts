/** A thing all of whose members are asked and answer later. */
type Askable<T> = { readonly [K in keyof T]: (...given: never[]) => Promise<unknown> }

/** A thing that is opened with the first call of one of its methods, which are all asynchronous: whoever never calls pays nothing. */
export function lazily<T extends Askable<T>>(open: () => Promise<T>): T {
  return new Proxy({} as T, {
    get: (_, name) => {
      // Whoever awaits the thing itself would take a method `then` for a promise.
      if (name === 'then') return undefined
      return async (...args: readonly unknown[]): Promise<unknown> => {
        const opened = await open()
        const method: unknown = Reflect.get(opened, name)
        return await (method as (...args: readonly unknown[]) => unknown).apply(opened, [...args])
      }
    },
  })
}
