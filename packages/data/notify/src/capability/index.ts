export type { NotifyContext, TaskMessage, TaskNotify } from './define.ts'
export { notifyCapability, untoldCapability } from './open.ts'
