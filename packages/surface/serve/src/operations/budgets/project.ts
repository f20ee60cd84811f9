import { z } from 'zod'

export const budgetProject = { project: z.string().describe('its name; the only one unless given') }

export const noBudget = (project: string): string => `${project} declares no budget: see budgets in its sluice.config.ts.`
