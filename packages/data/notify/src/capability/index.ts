export type { NotifyContext, TaskMessage, TaskNotify } from './define.ts'
export { notifyCapability } from './open.ts'
