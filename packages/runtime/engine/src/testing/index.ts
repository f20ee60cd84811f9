/** For tests of packages that stand on the engine: a database with projects, and the statements that workers use. */
export { pipelineSpec, type TestEngine, taskSpec, testEngine } from '../act/testing/test-engine.ts'
export { claim } from '../state/claim.ts'
export { finish } from '../state/finish.ts'
export { registerWorker } from '../state/workers.ts'
