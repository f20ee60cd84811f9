import { type Budget, type BudgetUse, budget, creditsOfCalls, env, httpConnection, project } from '@sluice/author'
import { countTicks, cron } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { admit } from './guard.ts'
import { every, monthOf } from './month.ts'
import { planBudget } from './plan.ts'
import { budgetStatus } from './status.ts'
import { verdictOf } from './verdict.ts'

const at = (text: string): number => Date.parse(text)
/** November has 30 days. */
const november = at('2026-11-10T12:00:00Z')
const tariff = { perCall: 1, bytesPerCredit: 2_500 }
const assets = (items: number): BudgetUse['perRun'] => [{ items, itemsPerCall: 100, bytesPerItem: 450 }]
const free = (items: number, rest: Partial<Budget> = {}): Budget => ({
  name: 'coincap',
  connection: 'coincap',
  creditsPerMonth: 2_500,
  tariff,
  reserve: 0,
  onExceeded: 'refuse',
  uses: [{ pipeline: 'p', perRun: assets(items), degraded: assets(10) }],
  ...rest,
})
const runs = (expression: string, timeZone = 'UTC') => [{ name: 'p', schedule: cron(expression), timeZone, paused: false }]
const halfHourly = runs('*/30 * * * *')
const percent = (share: number): number => Math.round(share * 100)

describe('the plan of the free plan of CoinCap', () => {
  it('of 100 assets every 30 minutes is 1,440 calls of 19 credits, which do not fit', () => {
    const plan = planBudget(free(100), halfHourly, november)
    expect(plan.uses).toMatchObject([{ pipeline: 'p', runs: { thirtyDays: 1_440, thisMonth: 1_440 }, creditsPerRun: 19, items: 100 }])
    expect(plan).toMatchObject({ thirtyDays: 27_360, fits: false })
    expect(plan.margin).toBeLessThan(-9)
  })

  it.each([
    ['30m', 4_320, false, -73],
    ['1h', 2_160, true, 14],
    ['2h', 1_080, true, 57],
  ])('of 10 assets every %s is %d credits', (cadence, credits, fits, margin) => {
    const plan = planBudget(free(10), halfHourly, november, { every: cadence })
    expect([plan.credits, plan.fits, percent(plan.margin)]).toEqual([credits, fits, margin])
    // The same figure stands among the alternatives.
    const offered = planBudget(free(10), halfHourly, november).instead?.cadences.find((each) => each.every === cadence)
    expect([offered?.credits, offered?.fits]).toEqual([credits, fits])
  })

  it('says which cadence and how many assets would fit', () => {
    const { instead } = planBudget(free(100), runs('0 * * * *'), november)
    expect(instead?.cadences.filter(({ fits }) => fits).map((each) => each.every)).toEqual(['6h', '12h', '1d'])
    // 720 runs leave 3 credits each: two blocks of 2,500 bytes are 11 assets of 450.
    expect(instead?.cadences.find((each) => each.every === '1h')?.mostItems).toBe(11)
    expect(instead?.cadences.find((each) => each.every === '30m')?.mostItems).toBeNull()
    expect(instead?.items.filter(({ fits }) => fits).map(({ items }) => items)).toEqual([10])
    expect(planBudget(free(100), runs('0 * * * *'), november, { items: 11 }).fits).toBe(true)
    expect(planBudget(free(100), runs('0 * * * *'), november, { items: 12 }).fits).toBe(false)
  })

  it('counts an item by the bytes that came, once runs have fetched some', () => {
    const seen = (pipeline: string, received: number, items: number) => ({
      pipeline,
      day: '2026-11-09',
      credits: 1,
      batches: 1,
      runs: 1,
      received,
      items,
    })
    const plan = (receipts: readonly ReturnType<typeof seen>[]) => planBudget(free(100), halfHourly, november, {}, receipts).uses[0]
    expect(plan([])).toMatchObject({ bytesPerItem: 450, bytesPerItemSeen: null, creditsPerRun: 19 })
    expect(plan([seen('p', 30_000, 100), seen('p', 60_100, 200), seen('other', 1e9, 1)])).toMatchObject({
      bytesPerItem: 301,
      bytesPerItemSeen: 301,
      creditsPerRun: 1 + Math.ceil(30_100 / 2_500),
    })
    expect(plan([seen('p', 0, 0)])).toMatchObject({ bytesPerItemSeen: null, creditsPerRun: 19 })
  })

  it('keeps the reserve', () => {
    expect(planBudget(free(10, { reserve: 0.35 }), runs('0 * * * *'), november)).toMatchObject({ fits: false, spendable: 1_625 })
    expect(planBudget(free(10, { reserve: 0.35 }), runs('0 */2 * * *'), november).fits).toBe(true)
  })

  it('counts the ticks of the calendar month too, and those of a changed clock', () => {
    const december = planBudget(free(10), halfHourly, at('2026-12-10T00:00:00Z'))
    expect(december).toMatchObject({ thirtyDays: 4_320, thisMonth: 4_464, credits: 4_464 })
    // Paris counts the hour from 2 to 3 twice on 25 October.
    const hourly = runs('0 2 * * *', 'Europe/Paris')
    expect(planBudget(free(10), hourly, at('2026-10-10T00:00:00Z')).uses[0]?.runs.thisMonth).toBe(31)
  })

  it('cannot count a pipeline that runs by hand', () => {
    const plan = planBudget(free(10), [{ name: 'p', schedule: null, timeZone: 'UTC' }], november)
    expect(plan).toMatchObject({ credits: 0, fits: true, instead: null, uses: [{ cron: null }] })
  })

  it('adds up pipelines and calls of fixed size, and varies the costliest', () => {
    const two = free(0, {
      uses: [
        { pipeline: 'p', perRun: [{ calls: 1, bytesPerCall: 440 }, ...assets(10)] },
        { pipeline: 'q', perRun: [{ calls: 2, bytesPerCall: 100 }] },
      ],
    })
    const plan = planBudget(two, [...runs('0 * * * *'), { name: 'q', schedule: cron('0 0 * * *'), timeZone: 'UTC' }], november)
    expect(plan.uses.map(({ creditsPerRun }) => creditsPerRun)).toEqual([5, 4])
    expect(plan).toMatchObject({ thirtyDays: 720 * 5 + 30 * 4, instead: { pipeline: 'p' } })
  })
})

describe('the verdict', () => {
  const says = (items: number, expression: string, rest: Partial<Budget> = {}) =>
    verdictOf(planBudget(free(items, rest), runs(expression), november))

  it('says that a plan fits, and by how much', () => {
    expect(says(10, '0 * * * *')).toBe('Budget coincap: 2,160 credits a month fit 2,500, margin 14 %.')
    expect(says(10, '0 */2 * * *', { reserve: 0.35 })).toBe(
      'Budget coincap: 1,080 credits a month fit 1,625 (2,500 less the reserve), margin 57 %.',
    )
  })

  it('says that it does not, and what would', () => {
    expect(says(100, '*/30 * * * *')).toBe(
      'Budget coincap: 27,360 credits a month do not fit 2,500: 11 times as many. ' +
        'p fits every 6h, 12h or 1d with all 100 items, every 1h with at most 11 items, every 2h with at most 27 items, ' +
        'every 3h with at most 50 items or every 4h with at most 66 items.',
    )
    expect(says(100, '*/30 * * * *', { creditsPerMonth: 10 })).toMatch(/No cadence of p down to once a day fits: it takes a larger plan\.$/)
  })

  it('says when there is nothing to plan', () => {
    expect(verdictOf(planBudget(free(10), [], november))).toMatch(/nothing to plan/)
  })
})

describe('cadences and months', () => {
  it('are those that divide a day', () => {
    expect([every('5m').cron, every('2h').cron, every('60m').cron, every('1d').cron]).toEqual([
      '*/5 * * * *',
      '0 */2 * * *',
      '0 */1 * * *',
      '0 0 * * *',
    ])
    for (const odd of ['7m', '5h', '90m', '2d', '10s'])
      expect(() => every(odd)).toThrow(expect.objectContaining({ code: 'request.invalid' }))
  })

  it('are of UTC, leap years and ends of years included', () => {
    for (const [instant, start, end] of [
      ['2026-12-31T23:59:59.999Z', '2026-12-01', '2027-01-01'],
      ['2028-02-29T00:00:00Z', '2028-02-01', '2028-03-01'],
      ['2027-02-01T00:00:00Z', '2027-02-01', '2027-03-01'],
    ] as const) {
      expect(monthOf(at(instant))).toEqual({ start: at(start), end: at(end) })
    }
  })

  it('of every minute are counted, each', () => {
    expect(countTicks(cron('* * * * *'), { start: at('2026-11-01'), end: at('2026-11-05') }, 'UTC')).toBe(5_760)
  })
})

describe('the status', () => {
  const spent = [
    { pipeline: 'p', day: '2026-11-09', credits: 100, batches: 8, runs: 4, received: 0, items: 0 },
    { pipeline: 'p', day: '2026-11-02', credits: 50, batches: 4, runs: 2, received: 0, items: 0 },
    { pipeline: 'elsewhere', day: '2026-11-02', credits: 999, batches: 1, runs: 1, received: 0, items: 0 },
  ]

  it('sums the receipts of its pipelines and projects the runs to come by what runs have cost, or by the plan before there are any', () => {
    expect(budgetStatus(free(10), runs('0 0 * * *'), [], november)).toMatchObject({
      projected: 20 * 3,
      byPipeline: [{ creditsPerRunSeen: null }],
    })
    const status = budgetStatus(free(10), runs('0 0 * * *'), spent, november)
    expect(status).toMatchObject({
      month: '2026-11',
      spent: 150,
      remaining: 2_350,
      daysLeft: 21,
      renewsAt: at('2026-12-01'),
      byPipeline: [{ pipeline: 'p', credits: 150, batches: 12, runsLeft: 20, creditsPerRun: 3, creditsPerRunSeen: 25 }],
      byDay: [
        { day: '2026-11-02', credits: 50 },
        { day: '2026-11-09', credits: 100 },
      ],
      projected: 150 + 20 * 25,
      lasts: true,
    })
  })

  it('says when the credits will not last, and expects nothing of a paused pipeline', () => {
    expect(budgetStatus(free(100), halfHourly, spent, november).lasts).toBe(false)
    const paused = halfHourly.map((pipeline) => ({ ...pipeline, paused: true }))
    expect(budgetStatus(free(100), paused, spent, november)).toMatchObject({ lasts: true, projected: 150 })
  })
})

describe('the guard', () => {
  const asked =
    (onExceeded: Budget['onExceeded'], spent: number, needed = 0) =>
    () =>
      admit({ budget: free(100, { onExceeded }), pipeline: 'p', planned: undefined, spent, needed, now: november })

  it('refuses what does not fit, with the account, the day it renews and the way out', () => {
    expect(asked('refuse', 2_481)()).toMatchObject({ degraded: false, cost: 19, warning: null })
    expect(asked('refuse', 2_482)).toThrow(
      expect.objectContaining({
        code: 'source.budget',
        kind: 'permanent',
        message: 'budget coincap: 2,482 of 2,500 credits are spent this month, these calls cost 19 more; it renews on 2026-12-01',
        next: expect.stringContaining('sluice budget plan'),
        facts: expect.objectContaining({ spent: 2_482, limit: 2_500, cost: 19, renewsAt: at('2026-12-01') }),
      }),
    )
  })

  it('degrades while the smaller calls fit, then refuses', () => {
    expect(asked('degrade', 0)()).toMatchObject({ degraded: false, cost: 19 })
    expect(asked('degrade', 2_497)()).toMatchObject({ degraded: true, cost: 3, warning: expect.stringContaining('cut from 19 to 3') })
    expect(asked('degrade', 2_498)).toThrow(expect.objectContaining({ code: 'source.budget' }))
  })

  it('degrades early enough for the rest of the month to be had at least degraded', () => {
    expect(asked('degrade', 1_000, 1_481)()).toMatchObject({ degraded: false })
    expect(asked('degrade', 1_000, 1_482)()).toMatchObject({ degraded: true })
  })

  it('that only warns lets pass', () => {
    expect(asked('warn', 9_000)()).toMatchObject({ degraded: false, warning: expect.stringContaining('is exceeded') })
    expect(asked('warn', 0)()).toMatchObject({ warning: null })
  })

  it('takes the calls it is given, and asks for them where nobody says', () => {
    const facts = { budget: free(100), spent: 2_490, needed: 0, now: november }
    expect(admit({ ...facts, pipeline: 'other', planned: [{ calls: 2, bytesPerCall: 2_500 }] })).toMatchObject({ cost: 4 })
    expect(() => admit({ ...facts, pipeline: 'other', planned: undefined })).toThrow(
      expect.objectContaining({ code: 'definition.invalid' }),
    )
  })
})

describe('a declared budget', () => {
  const definition = {
    connection: 'api',
    creditsPerMonth: env('CREDITS', { default: '100' }),
    tariff,
    onExceeded: 'warn',
    uses: [{ pipeline: 'p', perRun: assets(1) }],
  } as const
  const api = httpConnection({ url: env('URL') })
  const declared = (budgets: Parameters<typeof project>[0]['budgets']) => () =>
    project({ name: 'shop', connections: { api }, budgets: budgets ?? {} })

  it('is plain data of its project', () => {
    expect(declared({ api: budget(definition) })().budgets).toEqual({ api: { ...definition, reserve: 0 } })
  })

  it('is refused when it cannot be meant', () => {
    expect(() => budget({ ...definition, reserve: 1 })).toThrow(/reserve is 1/)
    expect(() => budget({ ...definition, uses: [...definition.uses, ...definition.uses] })).toThrow(/listed twice/)
    expect(() => budget({ ...definition, uses: [{ pipeline: 'p', perRun: [{ calls: 0, bytesPerCall: 1 }] }] })).toThrow(/calls is 0/)
    expect(declared({ api: budget({ ...definition, connection: 'apo' }) })).toThrow(/connection "apo"/)
    expect(declared({ one: budget(definition), two: budget(definition) })).toThrow(/p spends from the budgets "one" and "two"/)
  })

  it('costs a short last page what it holds', () => {
    expect(creditsOfCalls(tariff, assets(120))).toBe(19 + 5)
    expect(creditsOfCalls(tariff, [])).toBe(0)
  })
})
