export { long } from './long.ts'
export { type Random, seeded, seedOfRun } from './seeded.ts'
