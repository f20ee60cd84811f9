/** An interface all of whose members are asked and answer later. */
type Askable<T> = { readonly [K in keyof T]: (...given: never[]) => Promise<unknown> }

/** What opens with the first question: a command that needs no database starts none. */
export function lazily<T extends Askable<T>>(open: () => Promise<T>): T {
  return new Proxy({} as T, {
    get:
      (_, name) =>
      async (...given: readonly unknown[]): Promise<unknown> => {
        const opened = await open()
        const method: unknown = Reflect.get(opened, name)
        return await (method as (...given: readonly unknown[]) => unknown).apply(opened, [...given])
      },
  })
}
