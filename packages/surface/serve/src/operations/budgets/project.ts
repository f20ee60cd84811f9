import { z } from 'zod'

export const budgetProject = { project: z.string().describe('the project; may be left out when there is one') }

export const noBudget = (project: string): string => `${project} declares no budget: see budgets in its sluice.config.ts.`
