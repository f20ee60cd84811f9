import { budgetStatus, monthOf, planBudget } from '@sluice/budget'
import type { Engine } from '@sluice/engine'
import type { BudgetsApi } from '@sluice/serve'
import { resolveBudgets, type Settings } from '@sluice/settings'

const thirtyDaysMs = 30 * 86_400_000

/** Budgets as the settings declare them, over the schedules and receipts of the engine. */
export function budgetsApi(settings: Settings, engine: Engine, now: () => number = Date.now): BudgetsApi {
  const pipelinesOf = async (project: string) =>
    (await engine.pipelines()).filter((each) => each.project === project).map(({ name }) => engine.pipeline({ project, pipeline: name }))
  const scheduled = async (project: string) =>
    (await Promise.all(await pipelinesOf(project))).map(({ name, timeZone, paused, spec }) => ({
      name,
      timeZone,
      paused,
      schedule: spec.schedule,
    }))
  return {
    plan: async (project, whatIf) => {
      const budgets = resolveBudgets(settings, project)
      if (budgets.length === 0) return []
      const at = now()
      const [pipelines, seen] = [await scheduled(project), await engine.credits({ project, since: at - thirtyDaysMs, until: at })]
      return budgets.map((budget) => planBudget(budget, pipelines, at, whatIf, seen))
    },
    status: async (project) => {
      const budgets = resolveBudgets(settings, project)
      if (budgets.length === 0) return []
      const at = now()
      const { start: since, end: until } = monthOf(at)
      const [pipelines, spent] = [await scheduled(project), await engine.credits({ project, since, until })]
      return budgets.map((budget) => budgetStatus(budget, pipelines, spent, at))
    },
  }
}
