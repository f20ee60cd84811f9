export { testAttempt } from './attempt.ts'
