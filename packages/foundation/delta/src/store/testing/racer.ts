import { once } from 'node:events'
import { type Description, openDescribed, removeTemporaryFolders } from './location.ts'

/** One of several processes that create the same files. Prints `ready`, waits for a line, and prints which creations it won. */
const [described = '', name = '', rounds = ''] = process.argv.slice(2)
const store = openDescribed(JSON.parse(described) as Description)
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const won: number[] = []
for (let round = 0; round < Number(rounds); round++) {
  if (await store.putIfAbsent(`_delta_log/race-${round}`, `${name} `.repeat(500))) won.push(round)
}
process.stdout.write(`${JSON.stringify(won)}\n`, () => {
  removeTemporaryFolders()
  process.exit(0)
})
