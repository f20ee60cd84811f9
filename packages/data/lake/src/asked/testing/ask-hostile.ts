/** For the test that traces: asks a lake what it has and what it must not give. `ask-hostile.ts FOLDER`, with the lake below it. */
import { join } from 'node:path'
import { openDuckDB } from '@sluice/duckdb'
import { openAnswerProcesses, openLakes } from '@sluice/lake'

const [home = ''] = process.argv.slice(2)
const answers = openAnswerProcesses({ place: { folder: join(home, 'lake') }, scratch: join(home, 'answers'), most: 1, threads: 1 })
const duckdb = () => openDuckDB({ threads: 1 })
const lake = await openLakes({ storage: join(home, 'lake'), projects: ['demo'], duckdb, answers }).named('demo')
const { signal } = new AbortController()

const { rows } = await lake.answer("SELECT label FROM 'bronze/legacy/a.csv'", {}, signal)
const hostile = [
  `SELECT json_serialize_plan('SELECT nope FROM read_csv(''${home}/key.csv'')')`,
  `SELECT json_serialize_plan('FROM read_text(''/etc/passwd'')')`,
  `SELECT * FROM '${home}/key.csv'`,
  "SELECT * FROM '../../key.csv'",
  `SELECT * FROM read_csv('${home}/key.csv')`,
  "SELECT * FROM read_text('/etc/shadow')",
]
let refused = 0
for (const sql of hostile) await lake.answer(sql, {}, signal).catch(() => refused++)
await answers.close()
process.stdout.write(JSON.stringify({ answered: rows.length, refused }))
