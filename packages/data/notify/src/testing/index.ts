export { letterOf } from './letter.ts'
export { signedBy } from './signed-by.ts'
