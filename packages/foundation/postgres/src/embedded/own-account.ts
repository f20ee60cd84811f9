import { randomInt } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import type { Account } from './run-as.ts'

/** Where systemd takes accounts that exist only while a service runs. No distribution gives these numbers to people. */
const passing = { from: 61_184, to: 65_519 }

interface Known extends Account {
  readonly name: string
}

/**
 * The account of the server under root. It is the server's alone: `nobody` and `postgres` are shared with other daemons, which could then
 * read its files and its memory. The one that owns the data keeps it; else the account `sluice`, if the machine has it; else a number
 * that names no account and no process.
 */
export async function ownAccount(data: string): Promise<Account | undefined> {
  const known = await knownAccounts()
  if (known.length === 0) return undefined
  const { name: _, ...named } = known.find(({ name }) => name === 'sluice') ?? { name: '', uid: 0, gid: 0 }
  if (named.uid > 0) return named
  const owner = await stat(data).catch(() => undefined)
  const taken = new Set(known.map(({ uid }) => uid))
  if (owner !== undefined && isPassing(owner.uid) && !taken.has(owner.uid)) return { uid: owner.uid, gid: owner.gid }
  for (const uid of await uidsOfProcesses()) taken.add(uid)
  for (;;) {
    const uid = randomInt(passing.from, passing.to + 1)
    if (!taken.has(uid)) return { uid, gid: uid }
  }
}

/**
 * The account that initdb runs as, since it asks for the name of its account: one that no process has, so that none can look at what it
 * does. What it made is given to the server's own account before the server starts.
 */
export async function accountOfInitdb(own: Account): Promise<Account> {
  const known = await knownAccounts()
  if (known.some(({ uid }) => uid === own.uid)) return own
  const busy = await uidsOfProcesses()
  const found = known.find(({ uid }) => !busy.has(uid)) ?? known[0]
  return found === undefined ? own : { uid: found.uid, gid: found.gid }
}

const isPassing = (uid: number): boolean => uid >= passing.from && uid <= passing.to

/** Of the machine, root left out, those without a person's files first. */
async function knownAccounts(): Promise<readonly Known[]> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'))
  const all = lines.flatMap(([name = '', , uid, gid]) => (Number(uid) > 0 && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []))
  const rank = ({ name, uid }: Known): number => (name === 'nobody' ? 0 : uid < 1_000 ? 1 : 2)
  return all.sort((a, b) => rank(a) - rank(b))
}

async function uidsOfProcesses(): Promise<ReadonlySet<number>> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const uids = await Promise.all(
    pids.map((pid) =>
      stat(`/proc/${pid}`).then(
        ({ uid }) => uid,
        () => 0,
      ),
    ),
  )
  return new Set(uids)
}
