export { type Random, seeded, seedOfRun } from './seeded.ts'
