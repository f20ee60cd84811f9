import { SimulatorError } from './error.ts'
import { type FaultQueue, parseFaults } from './faults.ts'
import type { RequestLog } from './log.ts'
import type { Route, SimulatorReply } from './reply.ts'

/** Paths under it are neither disturbed by faults nor written in the request log. */
export const CONTROL_PATH = '/__simulator/'

/** The routes by which another process switches faults and reads the log. */
export function controlRoutes(faults: FaultQueue, log: RequestLog): readonly Route[] {
  const current = (): SimulatorReply => ({ body: { faults: faults.list() } })
  return [
    { method: 'GET', path: '/__simulator/faults', answer: current },
    {
      method: 'POST',
      path: '/__simulator/faults',
      answer: ({ body }) => {
        try {
          faults.set(parseFaults(JSON.parse(body.toString('utf8'))))
          return current()
        } catch (error) {
          if (error instanceof SimulatorError) return { status: 400, body: { error: error.message, next: error.next } }
          return { status: 400, body: { error: 'the body is not JSON', next: 'Send one fault or a list of faults as JSON.' } }
        }
      },
    },
    {
      method: 'DELETE',
      path: '/__simulator/faults',
      answer: () => {
        faults.set([])
        return current()
      },
    },
    { method: 'GET', path: '/__simulator/requests', answer: () => ({ body: { requests: log.list() } }) },
  ]
}
