import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openPool, type Pool } from '@sluice/postgres'
import type { Peer } from './peer.ts'
import { type Environment, freePort, startProcess, until } from './process.ts'
import { workloadNames } from './workloads.ts'

const version = '3.3.2'

/** API server, scheduler and DAG processor, with the LocalExecutor: a process an attempt, as on one machine in production. */
export const airflow: Peer = {
  name: `Airflow ${version}`,
  way: 'LocalExecutor',
  packages: [`apache-airflow==${version}`, 'psycopg2-binary', 'asyncpg'],
  workloads: workloadNames,
  open: async ({ dir, python, databaseUrl }) => {
    await using opening = new AsyncDisposableStack()
    const port = await freePort()
    const api = `http://127.0.0.1:${port}`
    const env = environmentOf(dir, databaseUrl, api)
    await mkdir(join(dir, 'dags'))
    await cp(join(import.meta.dirname, 'python/airflow_dags.py'), join(dir, 'dags/dags.py'))
    const start = (...args: readonly string[]) => {
      const started = opening.use(startProcess(python, ['-m', 'airflow', ...args], env, join(dir, `${args[0]}.log`)))
      started.child.stdout?.resume()
      return started
    }
    const migration = start('db', 'migrate')
    await new Promise((done) => migration.child.once('close', done))
    if (migration.child.exitCode !== 0) throw new Error(`airflow db migrate ended with ${migration.child.exitCode}`)
    const server = start('api-server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1')
    const scheduler = start('scheduler')
    start('dag-processor')
    await until('the API server of Airflow', server, async () => (await fetch(`${api}/api/v2/version`)).ok)
    const { access_token: token } = (await (await fetch(`${api}/auth/token`)).json()) as { access_token: string }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    for (const dag of workloadNames) {
      await until('the scheduler of Airflow', scheduler, async () => (await fetch(`${api}/api/v2/dags/${dag}`, { headers })).ok)
    }
    const pool = openPool(databaseUrl, { max: 1 })
    opening.defer(() => pool.end())
    const opened = opening.move()
    return {
      run: async (dag) => {
        const body = JSON.stringify({ logical_date: null })
        const answer = await fetch(`${api}/api/v2/dags/${dag}/dagRuns`, { method: 'POST', headers, body })
        if (!answer.ok) throw new Error(`Airflow answered ${answer.status}: ${await answer.text()}`)
        await ended(pool, ((await answer.json()) as { dag_run_id: string }).dag_run_id)
      },
      [Symbol.asyncDispose]: () => opened.disposeAsync(),
    }
  },
}

async function ended(pool: Pool, run: string): Promise<void> {
  for (;;) {
    const [row] = await pool.query<{ state: string }>('select state from dag_run where run_id = $1', [run])
    if (row?.state === 'success') return
    if (row?.state === 'failed') throw new Error(`the run ${run} of Airflow failed`)
    await delay(25)
  }
}

/** All else is as it comes. */
const environmentOf = (dir: string, databaseUrl: string, api: string): Environment => ({
  AIRFLOW_HOME: dir,
  AIRFLOW__CORE__DAGS_FOLDER: join(dir, 'dags'),
  AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
  AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
  AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION: 'False',
  AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: 'True',
  AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${api}/execution/`,
  AIRFLOW__API__BASE_URL: api,
  AIRFLOW__API_AUTH__JWT_SECRET: 'a secret of this benchmark alone, thirty-two bytes and more of it, and more of it',
  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: databaseUrl.replace(/^postgres(ql)?:/, 'postgresql+psycopg2:'),
  AIRFLOW__USAGE_DATA_COLLECTION__ENABLED: 'False',
  NO_PROXY: '127.0.0.1',
})
