import { randomUUID } from 'node:crypto'
import type { AuditedCall, AuditOutcome, By } from '@sluice/accounts'
import { isSluiceError, toErrorRecord } from '@sluice/core'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { matchedRoutes } from 'hono/route'
import { z } from 'zod'
import type { AccessVariables } from '../access/access.ts'
import { connectionOf } from '../access/connection.ts'
import { type Caller, isOwner } from '../endpoint/caller.ts'
import type { Contract, Schema } from '../endpoint/contract.ts'
import type { UsersApi } from '../services.ts'
import type { AnonymousRows } from './anonymous-rows.ts'
import type { OnEnd, StreamEnd } from './streamed.ts'

/*
 * A call that changes something:
 *
 *   refused ------ by its role, its form or what it names: one row, written when the answer is known -> refused | failed
 *   within ------- its row is written in the transaction of the change ------------------------------> done
 *   around ------- the change is in files or another database: its row comes first ------------------> begun -> done | refused | failed
 *   query -------- as around; where the answer goes on, its row is completed with the answer's end
 */

type Users = Pick<UsersApi, 'writeAudit'>

/** The row of one call on its way. */
export interface Trail {
  /** Who asks, once that is known. */
  identify(caller: Caller): void
  /** What it is about, once it is known to be valid. */
  describe(about: { readonly project: string | null; readonly details: Readonly<Record<string, unknown>> }): void
  /** Carries out the call with its row. @throws what the call does */
  carry(how: NonNullable<Contract['audit']>, act: (by: By, told: OnEnd) => Promise<Acted>): Promise<Response>
}

export interface Acted {
  readonly response: Response
  /** Its end is told later: until then the row says `begun`. */
  readonly goesOn: boolean
}

export interface TrailVariables extends AccessVariables {
  /** Of a call that has a row. */
  readonly trail?: Trail
}

/** @param base before the endpoints' paths; @param onError told of a row that could not be written for a call that was refused anyway. */
export function auditing(
  users: Users,
  endpoints: readonly Pick<Contract, 'name' | 'method' | 'path' | 'audit'>[],
  base: string,
  anonymous: AnonymousRows,
  onError: (error: unknown, context: Context) => void,
) {
  const audited = new Map(
    endpoints
      .filter(({ audit }) => audit !== undefined)
      .map((each) => [`${each.method.toUpperCase()} ${base}${each.path.replaceAll(/\{(\w+)\}/g, ':$1')}`, each] as const),
  )
  return createMiddleware<{ Variables: TrailVariables }>(async (context, next) => {
    const route = matchedRoutes(context).find(({ method }) => method !== 'ALL')
    const endpoint = route === undefined ? undefined : audited.get(`${route.method} ${route.path}`)
    if (endpoint === undefined || (endpoint.audit === 'query' && isOwner(context.env))) return await next()
    const call = openCall(users, (error) => onError(error, context), {
      call: randomUUID(),
      actor: 'nobody',
      address: connectionOf(context).address,
      action: endpoint.name,
      project: context.req.query('project') ?? null,
      target: decoded(context.req.path.slice(base.length)),
      details: {},
    })
    context.set('trail', call.trail)
    await next()
    if (context.error === undefined) return
    try {
      await call.close(context.error, anonymous)
    } catch (error) {
      onError(error, context)
    }
  })
}

function openCall(users: Users, onError: (error: unknown) => void, first: AuditedCall) {
  let entry = first
  let known = false
  const trail: Trail = {
    identify: ({ actor }) => {
      entry = { ...entry, actor }
      known = true
    },
    describe: ({ project, details }) => {
      entry = { ...entry, project: project ?? entry.project, details }
    },
    carry: async (how, act) => {
      if (how !== 'within') await users.writeAudit(entry, 'begun')
      let recorded = false
      const record: By['record'] = async (tx) => {
        await users.writeAudit(entry, 'done', { tx })
        recorded = true
      }
      const told: OnEnd = (end) => writeEnd(end).catch(onError)
      const { response, goesOn } = await act({ actor: entry.actor, ...(how === 'within' ? { record } : {}) }, told)
      // There was nothing to change, or it is in a place that shares no transaction.
      if (!recorded && !goesOn) await users.writeAudit(entry, 'done')
      return response
    },
  }
  const writeEnd = async (end: StreamEnd): Promise<void> => {
    if (end.how === 'broken') await users.writeAudit(entry, outcomeOf(end.error), { reason: reasonOf(end.error) })
    else await users.writeAudit(entry, 'done', { reason: end.how === 'left' ? 'its reader left before its end' : null })
  }
  const close = async (error: unknown, anonymous: AnonymousRows): Promise<void> => {
    const omitted = known ? 0 : anonymous.next(Date.now())
    if (omitted === undefined) return
    await users.writeAudit(entry, outcomeOf(error), { reason: reasonOf(error), omitted })
  }
  return { trail, close }
}

const outcomeOf = (error: unknown): AuditOutcome => (isSluiceError(error) && error.status < 500 ? 'refused' : 'failed')

const reasonOf = (error: unknown): string => {
  const { code, message } = toErrorRecord(error)
  return `${code}: ${message}`
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** What was sent, as the row keeps it: passwords are in none. */
export function detailsOf(
  endpoint: Pick<Contract, 'body'>,
): (sent: { readonly query: object; readonly body: object }) => Record<string, unknown> {
  const secret = secretFields(endpoint.body)
  return ({ query, body }) =>
    Object.fromEntries(
      Object.entries({ ...query, ...body }).flatMap(([name, value]) =>
        value === undefined || name === 'project' ? [] : [[name, secret.has(name) ? '****' : value]],
      ),
    )
}

function secretFields(schema: Schema | undefined): ReadonlySet<string> {
  if (schema === undefined) return new Set()
  const document = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const named = document.$ref?.replace('#/$defs/', '')
  const { properties = {} } = named === undefined ? document : (document.$defs?.[named] ?? {})
  return new Set(Object.entries(properties).flatMap(([name, field]) => (isSecret(field) ? [name] : [])))
}

const isSecret = (field: unknown): boolean =>
  typeof field === 'object' && field !== null && 'format' in field && field.format === 'password'
