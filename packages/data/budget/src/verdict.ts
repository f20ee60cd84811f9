import type { BudgetPlan, CadenceFit } from './plan.ts'

const number = (value: number): string => value.toLocaleString('en-US')
const share = (part: number): string => `${Math.round(part * 100)} %`

/** What a plan means, in sentences for people: whether it fits, and what would. */
export function verdictOf(plan: BudgetPlan): string {
  const { budget, credits, spendable, creditsPerMonth, margin, instead } = plan
  const allowed =
    spendable === creditsPerMonth ? number(creditsPerMonth) : `${number(spendable)} (${number(creditsPerMonth)} less the reserve)`
  if (plan.uses.every(({ cron }) => cron === null))
    return `Budget ${budget}: nothing that spends it has a schedule, so there is nothing to plan.`
  const account = `${number(credits)} credits a month`
  if (plan.fits) return `Budget ${budget}: ${account} fit ${allowed}, margin ${share(margin)}.`
  const says = `Budget ${budget}: ${account} do not fit ${allowed}: ${times(credits, spendable)}.`
  if (instead === null) return says
  const asItIs = instead.cadences.filter(({ fits }) => fits)
  const smaller = instead.cadences.filter((each) => !each.fits && each.mostItems !== null)
  const items = plan.uses.find(({ pipeline }) => pipeline === instead.pipeline)?.items ?? null
  const ways = [
    ...(asItIs.length === 0 ? [] : [`every ${anyOf(asItIs)}${items === null ? '' : ` with all ${number(items)} items`}`]),
    ...smaller.map(({ every, mostItems }) => `every ${every} with at most ${number(mostItems ?? 0)} items`),
  ]
  if (ways.length === 0) return `${says} No cadence of ${instead.pipeline} down to once a day fits: it takes a larger plan.`
  return `${says} ${instead.pipeline} fits ${anyOf(ways)}.`
}

const times = (credits: number, spendable: number): string =>
  spendable === 0 ? 'there are none' : `${(credits / spendable).toFixed(credits / spendable < 10 ? 1 : 0)} times as many`

function anyOf(of: readonly (string | CadenceFit)[]): string {
  const names = of.map((each) => (typeof each === 'string' ? each : each.every))
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`
}
