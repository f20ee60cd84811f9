export { letterOf } from './letter.ts'
