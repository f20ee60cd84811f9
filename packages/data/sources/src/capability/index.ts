export type { HttpContext } from './define.ts'
