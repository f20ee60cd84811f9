import { bugErrors } from '@sluice/core'
import type { Engine } from '@sluice/engine'
import type { Services } from '../services.ts'

/** An engine of which a test says the answers it is about; every other question fails the test. */
export function engineWith(answers: Partial<Engine>): Engine {
  return new Proxy(answers, {
    get(target, name) {
      return (
        Reflect.get(target, name) ??
        (() => {
          throw bugErrors.unreachable(`the test did not expect engine.${String(name)}`)
        })
      )
    },
  }) as Engine
}

export function servicesWith(given: Partial<Omit<Services, 'engine'>> & { readonly engine?: Partial<Engine> }): Services {
  const unexpected = (name: string) => async (): Promise<never> => {
    throw bugErrors.unreachable(`the test did not expect ${name}`)
  }
  return {
    lake: {
      tables: unexpected('lake.tables'),
      history: unexpected('lake.history'),
      read: unexpected('lake.read'),
      sql: unexpected('lake.sql'),
      sqlFile: unexpected('lake.sqlFile'),
      optimize: unexpected('lake.optimize'),
      vacuum: unexpected('lake.vacuum'),
      restore: unexpected('lake.restore'),
      retain: unexpected('lake.retain'),
      export: unexpected('lake.export'),
      verify: unexpected('lake.verify'),
      restoreExport: unexpected('lake.restoreExport'),
      receipts: unexpected('lake.receipts'),
    },
    warehouse: {
      sql: unexpected('warehouse.sql'),
      queries: unexpected('warehouse.queries'),
      runQuery: unexpected('warehouse.runQuery'),
      migrate: unexpected('warehouse.migrate'),
      receipts: unexpected('warehouse.receipts'),
    },
    budgets: { plan: unexpected('budgets.plan'), status: unexpected('budgets.status') },
    notifications: { list: unexpected('notifications.list'), retry: unexpected('notifications.retry') },
    users: {
      list: unexpected('users.list'),
      create: unexpected('users.create'),
      change: unexpected('users.change'),
      remove: unexpected('users.remove'),
      verify: unexpected('users.verify'),
      bySession: unexpected('users.bySession'),
      endSession: unexpected('users.endSession'),
      sessionEnded: async () => false,
    },
    settings: { list: unexpected('settings.list'), explain: unexpected('settings.explain') },
    info: { version: '0.0.0', stateDir: '/nowhere', profile: 'demo', ready: async () => true },
    ...given,
    engine: engineWith(given.engine ?? {}),
  }
}
