export type { Message, NotifyContext, Queued, TaskNotify } from './define.ts'
