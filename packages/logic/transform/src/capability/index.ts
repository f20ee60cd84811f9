export { type TransformOptions, transformCapability } from './open.ts'
