import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectDir } from './world.ts'

export interface Upstream extends AsyncDisposable {
  readonly url: string
  readonly apiKey: string
}

/** CoinCap in this process, standing still: the same answers for every world and at any time. */
export async function frozenUpstream(): Promise<Upstream> {
  const path = createRequire(join(projectDir, 'package.json')).resolve('@sluice/simulator-coincap')
  const { start } = (await import(pathToFileURL(path).href)) as { start(options: object): Promise<Upstream> }
  return await start({ seed: 7, now: () => Date.parse('2026-11-20T12:00:00Z'), requestsPerMinute: 1_000_000_000 })
}

/** What a platform needs to use it, with credits for any number of runs. */
export const environmentOf = ({ url, apiKey }: Upstream): Readonly<Record<string, string>> => ({
  COINCAP_BASE_URL: url,
  COINCAP_API_KEY: apiKey,
  COINCAP_CREDITS_PER_MONTH: '1000000000',
})
