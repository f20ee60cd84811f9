export { accountOf, type BudgetAccount, type Spending } from './account.ts'
export type { BudgetContext, TaskBudget } from './define.ts'
export { type BudgetCapability, type BudgetCapabilityOptions, budgetCapability } from './open.ts'
