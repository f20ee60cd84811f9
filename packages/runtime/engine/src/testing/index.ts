/** For tests of packages that stand on the engine: a database with projects, and runs that go as a test says. */
export { type RunInSteps, runInSteps, stepFailure } from '../act/testing/run-in-steps.ts'
export { type TestEngine, testEngine } from '../act/testing/test-engine.ts'
