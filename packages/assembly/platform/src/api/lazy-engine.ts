import type { Engine } from '@sluice/engine'

/** An engine that opens with the first question: a command that needs no database starts none. */
export function lazyEngine(open: () => Promise<Engine>): Engine {
  return new Proxy({} as Engine, {
    get:
      (_, name) =>
      async (...args: readonly unknown[]): Promise<unknown> => {
        const engine = await open()
        const method: unknown = Reflect.get(engine, name)
        return await (method as (...args: readonly unknown[]) => unknown).apply(engine, [...args])
      },
  })
}
