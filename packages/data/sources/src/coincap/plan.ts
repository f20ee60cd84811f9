import {
  type Amount,
  type BudgetDefinition,
  type BudgetUse,
  budget,
  type ConnectionDefinition,
  env,
  httpConnection,
  secret,
} from '@sluice/author'
import { defaultTariff } from './credits.ts'

/** The service and its key, from `COINCAP_BASE_URL` and `COINCAP_API_KEY`. */
export const coincapConnection: ConnectionDefinition = httpConnection({
  url: env('COINCAP_BASE_URL', { default: 'https://rest.coincap.io/v3', description: 'Base URL of CoinCap v3' }),
  token: secret('COINCAP_API_KEY', { description: 'Key from pro.coincap.io' }),
})

/** What a run of a pipeline asks for: so many of the highest ranked assets, or `fewest` where the credits must be spared. */
export interface AssetsOfRun {
  readonly assets: Amount
  readonly fewest?: Amount
}

const itemsPerCall = 100
const bytesPerItem = env('COINCAP_BYTES_PER_ASSET', { default: '450', description: 'Payload of one asset in an answer, in bytes' })
const pagesOf = (items: Amount) => [{ items, itemsPerCall, bytesPerItem }]

/**
 * The credits of an account, with the free plan for a default. No header of the service says what a call costs or what is left: each number
 * is a setting.
 * @param runs what a run of each pipeline asks for, by its name
 */
export const coincapBudget = (connection: string, runs: Readonly<Record<string, AssetsOfRun>>): BudgetDefinition =>
  budget({
    connection,
    creditsPerMonth: env('COINCAP_CREDITS_PER_MONTH', {
      default: '2500',
      description: 'Credits of the account a month; the free plan has 2500',
    }),
    tariff: {
      perCall: env('COINCAP_CREDITS_PER_CALL', {
        default: `${defaultTariff.perCall}`,
        description: 'Credits of a call, whatever its size',
      }),
      bytesPerCredit: env('COINCAP_BYTES_PER_CREDIT', {
        default: `${defaultTariff.bytesPerCredit}`,
        description: 'Bytes of payload that one more credit pays for',
      }),
    },
    onExceeded: env('COINCAP_BUDGET_MODE', { default: 'refuse', description: 'refuse, degrade or warn; the demo only warns' }),
    uses: Object.entries(runs).map(
      ([pipeline, { assets, fewest }]): BudgetUse<Amount> => ({
        pipeline,
        perRun: pagesOf(assets),
        ...(fewest === undefined ? {} : { degraded: pagesOf(fewest) }),
      }),
    ),
  })
