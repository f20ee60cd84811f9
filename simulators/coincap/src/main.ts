import { parseArgs } from 'node:util'
import { start } from './start.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4101' },
    seed: { type: 'string', default: '1' },
    assets: { type: 'string' },
    speed: { type: 'string', default: '1' },
    credits: { type: 'string' },
    key: { type: 'string', default: 'demo-key' },
  },
})

const simulator = await start({
  port: Number(values.port),
  seed: Number(values.seed),
  speed: Number(values.speed),
  apiKeys: [values.key],
  ...(values.assets === undefined ? {} : { assets: Number(values.assets) }),
  ...(values.credits === undefined ? {} : { creditsPerMonth: Number(values.credits) }),
})

process.stdout.write(`CoinCap v3 at ${simulator.url} (key ${simulator.apiKey}), faults at ${simulator.controlUrl}/faults\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
