export type { BudgetContext, TaskBudget } from './define.ts'
