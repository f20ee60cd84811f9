import { email, emails, group, type Readers, task } from 'sluice'

/** How a step that uses the warehouse is tried again: one that restarts is back within seconds. */
export const untilBack = { attempts: 4, delay: '2s', backoff: 'exponential' } as const
/** A pipeline that the team looks after. */
export const attended = { notify: { failure: [email('data-team')] }, defaults: { retry: untilBack } } as const
/** Who gets reports and alerts. */
export const readers: Readers = ({ variable }) => emails(variable('mail_to'))
/** What a snapshot holds when the budget of CoinCap must be spared: the ranks that the quality rule asks for. */
export const fewestAssets = 10
/** The original's one Spark job: land, clean, load, roll up. */
export const processing = group('process_crypto_data')
export const start = task({ name: 'start', run: () => {} })
export const end = task({ name: 'end', rule: 'none_failed', run: () => {} })
