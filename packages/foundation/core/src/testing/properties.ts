import fc from 'fast-check'
import { seedOfRun } from './seeded.ts'

fc.configureGlobal({ seed: seedOfRun() })

/** fast-check under the seed of the run. */
export { fc }
