import { openServerPlatform } from '@sluice/platform'

/** The platform of a folder in this process, as a container's entry point starts it: `node start.ts FOLDER`. It ends as it is told to. */
const server = await openServerPlatform({ root: process.argv[2] ?? process.cwd() })
console.log(`Sluice listens at ${server.url}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void server.close().then(() => console.log('Sluice has ended')))
