export type { Message, NotifyContext, TaskNotify } from './define.ts'
export { notifyCapability } from './open.ts'
