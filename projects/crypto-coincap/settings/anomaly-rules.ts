import { alertRules } from 'sluice'
import versions from './anomaly-rules.json' with { type: 'json' }

/**
 * `variation`: absolute 24 h variation in percent. `volume`: 24 h volume in USD. A variation stands out from 10 %, as the project's owner
 * asks. The original code took 20 % or a volume of 10^9 USD, which the largest assets pass every day: here a volume stands out from 10^11.
 */
export const anomalyRules = alertRules(versions, { file: 'settings/anomaly-rules.json', rules: ['variation', 'volume'] })
