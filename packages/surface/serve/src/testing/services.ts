import { bugErrors } from '@sluice/core'
import type { Engine } from '@sluice/engine'
import type { Services } from '../services.ts'

/** A service of which a test says the answers it is about; every other question fails the test. */
export const answering = <T extends object>(name: string, answers: Partial<T> = {}): T =>
  new Proxy(answers, {
    get: (target, method) =>
      Reflect.get(target, method) ??
      // Whoever awaits the service itself would take a method `then` for a promise.
      (method === 'then'
        ? undefined
        : async () => {
            throw bugErrors.unreachable(`the test did not expect ${name}.${String(method)}`)
          }),
  }) as T

/** Sessions and login codes that were ended, in memory. */
const endedSessions = (): Pick<Services['users'], 'endSession' | 'sessionEnded'> => {
  const ended = new Set<string>()
  return {
    sessionEnded: async (mark) => ended.has(mark),
    endSession: async (mark) => !ended.has(mark) && ended.add(mark).has(mark),
  }
}

export const engineWith = (answers: Partial<Engine>): Engine => answering('engine', answers)

type Answers = { readonly [S in keyof Services]?: Partial<Services[S]> }

export const servicesWith = (given: Answers): Services => ({
  engine: engineWith(given.engine ?? {}),
  lakes: answering('lakes', given.lakes),
  warehouses: answering('warehouses', given.warehouses),
  datasets: answering('datasets', given.datasets),
  models: answering('models', given.models),
  sources: answering('sources', given.sources),
  backups: answering('backups', given.backups),
  budgets: answering('budgets', given.budgets),
  notifications: answering('notifications', given.notifications),
  users: answering('users', {
    ...endedSessions(),
    signInCounts: async () => [],
    keepSignInCounts: async () => undefined,
    writeAudit: async () => undefined,
    ...given.users,
  }),
  settings: answering('settings', given.settings),
  info: { version: '0.0.0', stateDir: '/nowhere', profile: 'demo', projects: [], folders: {}, ready: async () => true, ...given.info },
})
