import { currentAttempt } from './attempt-scope.ts'

/**
 * From now on the code of an attempt sees its own changes of `process.env`, and nobody else does, also where it puts another object in the
 * place of the whole. What a module sets while it is imported is set for the process: it is imported once, and its later users rely on it.
 */
export function partEnvironment(): void {
  let real = process.env
  const changes = (): Map<string, string | null> | undefined => currentAttempt.getStore()?.env
  const read = (name: string): string | undefined => {
    const change = changes()?.get(name)
    return change === undefined ? real[name] : (change ?? undefined)
  }
  const write = (name: string, value: string | null): boolean => {
    const own = changes()
    if (own !== undefined) own.set(name, value)
    else if (value === null) delete real[name]
    else real[name] = value
    return true
  }
  const parted = new Proxy(real, {
    get: (target, name) => (typeof name === 'string' ? read(name) : Reflect.get(target, name)),
    has: (target, name) => (typeof name === 'string' ? read(name) !== undefined : Reflect.has(target, name)),
    set: (_, name, value) => write(String(name), String(value)),
    defineProperty: (_, name, { value }) => write(String(name), String(value)),
    deleteProperty: (_, name) => write(String(name), null),
    ownKeys: () => {
      const names = new Set([...Reflect.ownKeys(real), ...(changes()?.keys() ?? [])])
      return [...names].filter((name) => typeof name !== 'string' || read(name) !== undefined)
    },
    getOwnPropertyDescriptor: (target, name) => {
      if (typeof name !== 'string') return Reflect.getOwnPropertyDescriptor(target, name)
      const value = read(name)
      return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true }
    },
  })
  const replace = (given: NodeJS.ProcessEnv): void => {
    const own = changes()
    if (own === undefined) {
      if (given !== parted) real = given
      return
    }
    // Read first: what is given may be the parted one.
    const entries = Object.entries(given)
    for (const name of Object.keys(parted)) own.set(name, null)
    for (const [name, value] of entries) own.set(name, String(value))
  }
  Object.defineProperty(process, 'env', { configurable: true, enumerable: true, get: () => parted, set: replace })
}
