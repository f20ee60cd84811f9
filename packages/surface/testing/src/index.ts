export { letterOf } from '@sluice/notify/testing'
export { testDatabase } from '@sluice/postgres/testing/database'
export { type TestClock, testClock } from './clock.ts'
export type { GivenSettings, WorldBudget } from './given.ts'
export { keptLog, type LogLine } from './logs.ts'
export { type Declare, type TestModelsOptions, testModels } from './test-models.ts'
export {
  type SentNotification,
  testWorld,
  type World,
  type WorldOptions,
  type WorldRun,
  type WorldRunOptions,
} from './world.ts'
