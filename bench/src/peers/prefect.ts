import { join } from 'node:path'
import type { Peer } from './peer.ts'
import { freePort, startDriver, startProcess, until } from './process.ts'
import { workloadNames } from './workloads.ts'

const version = '3.9.1'

/**
 * Flows in one process of Python that talks to a server: the fastest of its ways. A deployment polls each 10 s and starts a process a run.
 */
export const prefect: Peer = {
  name: `Prefect ${version}`,
  way: 'in process',
  packages: [`prefect==${version}`, 'asyncpg'],
  workloads: workloadNames,
  open: async ({ dir, python, databaseUrl }) => {
    await using opening = new AsyncDisposableStack()
    const port = await freePort()
    const api = `http://127.0.0.1:${port}/api`
    const env = {
      PREFECT_HOME: dir,
      PREFECT_API_DATABASE_CONNECTION_URL: databaseUrl.replace(/^postgres(ql)?:/, 'postgresql+asyncpg:'),
      PREFECT_API_URL: api,
      PREFECT_SERVER_ANALYTICS_ENABLED: 'false',
      DO_NOT_TRACK: '1',
      PREFECT_LOGGING_LEVEL: 'INFO',
    }
    const args = ['-m', 'prefect', 'server', 'start', '--host', '127.0.0.1', '--port', String(port)]
    const server = opening.use(startProcess(python, args, env, join(dir, 'server.log')))
    server.child.stdout?.resume()
    await until('the server of Prefect', server, async () => (await fetch(`${api}/health`)).ok)
    const script = join(import.meta.dirname, 'python/prefect_flows.py')
    const driver = opening.use(await startDriver(python, script, env, join(dir, 'flows.log')))
    const opened = opening.move()
    return { run: driver.ask, [Symbol.asyncDispose]: () => opened.disposeAsync() }
  },
}
