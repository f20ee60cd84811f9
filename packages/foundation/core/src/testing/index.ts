export { seeded, seedOfRun } from './seeded.ts'
