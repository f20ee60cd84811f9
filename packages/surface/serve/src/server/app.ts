import { OpenAPIHono } from '@hono/zod-openapi'
import { isSluiceError, requestErrors } from '@sluice/core'
import { createTurns, type TurnsOptions, usualTurns } from '@sluice/process'
import { secureHeaders } from 'hono/secure-headers'
import { type Access, authorise } from '../access/access.ts'
import { findConnection, proxiesOf } from '../access/connection.ts'
import { checkHost } from '../access/host-check.ts'
import { styleHash } from '../access/page.ts'
import { rightsOf } from '../access/rights.ts'
import { endpoints } from '../generated/endpoints.ts'
import type { Services } from '../services.ts'
import { createEventHub } from '../streams/events.ts'
import { problemResponse } from '../wire/problem.ts'
import { apiBase } from '../wire/send.ts'
import { createAnonymousRows } from './anonymous-rows.ts'
import { auditSignIn } from './audit-sign-in.ts'
import { auditing, type TrailVariables } from './audit-trail.ts'
import { limitBody, mostBytes } from './body-size.ts'
import { leaveBodyOfHead } from './head.ts'
import { answerHeaders } from './headers.ts'
import type { SignIn } from './login.ts'
import { type App, mount } from './mount.ts'
import { mountOpenRoutes } from './open.ts'
import { answersAsPages } from './pages.ts'
import { answerUnknownPaths, unknownPathOf } from './unknown-path.ts'
import { refuseBrokenUrl } from './whole-text.ts'

export interface AppOptions {
  readonly access: Access
  /** Host names besides the loopback ones under which browsers may reach this server. */
  readonly allowedHosts?: readonly string[]
  /** Addresses and networks of proxies whose word on who asks, and whether over TLS, is taken. */
  readonly trustedProxies?: readonly string[]
  /** Told of every error that is not the caller's fault, with what the caller does not get to see. */
  readonly onError?: (error: unknown, request: { readonly method: string; readonly path: string }) => void
  /** Told of every try to sign in with a password. */
  readonly onSignIn?: (signIn: SignIn) => void
  /** How many queries run at once, of all and of one person. */
  readonly turns?: TurnsOptions
  /** For tests: an answer that does not keep to its schema is an error. */
  readonly verifyAnswers?: boolean
  /** For tests: how often the access of whoever reads a stream is looked at. */
  readonly lookMs?: number
}

/** The HTTP surface: `/api/v1/**`, its OpenAPI 3.1 document, health, login. Opens nothing and listens nowhere. */
export function createApp(services: Services, options: AppOptions): App {
  const { access } = options
  const app: App = new OpenAPIHono<{ Variables: TrailVariables }>({ defaultHook: refuseInvalid })

  app.use(findConnection(proxiesOf(options.trustedProxies ?? [])))
  app.use(leaveBodyOfHead)
  app.use(answerHeaders)
  app.use(
    secureHeaders({
      strictTransportSecurity: false,
      xFrameOptions: 'DENY',
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: [styleHash],
        imgSrc: ['data:'],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    }),
  )
  app.use(answersAsPages)
  app.use(checkHost(options.allowedHosts ?? []))
  app.use(refuseBrokenUrl)

  const anonymous = createAnonymousRows()
  const audit = auditSignIn(services.users, anonymous)
  mountOpenRoutes(app, services, access, async (signIn, door, tx) => {
    if (door !== 'logout') options.onSignIn?.(signIn)
    await audit(signIn, door, tx)
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  app.openAPIRegistry.registerComponent('securitySchemes', 'session', { type: 'apiKey', in: 'cookie', name: 'sluice_session' })
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Sluice', version: services.info.version, description: 'Instants are milliseconds since 1970-01-01T00:00:00Z.' },
  })

  // Whatever is registered below this line is authorised.
  const unknownPath = unknownPathOf(() => app.router)
  app.use(answerUnknownPaths(unknownPath))
  app.use(
    auditing(services.users, endpoints, apiBase, anonymous, (error, { req }) =>
      options.onError?.(error, { method: req.method, path: req.path }),
    ),
  )
  app.use(authorise(access, services.users, rightsOf(endpoints, apiBase)))
  // Behind the question who asks: of those who may not, no body is read.
  app.use(limitBody(mostBytes))
  const turns = createTurns(options.turns ?? usualTurns)
  mount(app, { ...services, turns, events: createEventHub(services.engine) }, endpoints, {
    verifyAnswers: options.verifyAnswers ?? false,
    lookMs: options.lookMs,
  })

  app.notFound(unknownPath)
  app.onError((thrown, context) => {
    const error = asRequestFault(thrown)
    if (!isSluiceError(error) || error.kind === 'bug') options.onError?.(thrown, { method: context.req.method, path: context.req.path })
    return problemResponse(error)
  })
  return app
}

interface Validation {
  readonly success: boolean
  readonly target: string
  readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] }
}

/** Bad input names every field that is wrong, not only the first. */
function refuseInvalid(result: Validation): undefined {
  if (result.success) return
  const faults = (result.error?.issues ?? []).map(({ path, message }) => ({
    in: result.target,
    field: path.map(String).join('.'),
    message: message === 'Invalid input: expected number, received NaN' ? 'expected a number' : message,
  }))
  const [first] = faults
  throw requestErrors.invalid(first === undefined ? 'the request is not valid' : `${first.field || first.in}: ${first.message}`, {
    facts: { faults },
    next: 'Correct the fields named; the operation is described at /api/openapi.json.',
  })
}

/** Hono reports a body that is not JSON as an exception of its own with a 4xx status. */
function asRequestFault(thrown: unknown): unknown {
  if (isSluiceError(thrown)) return thrown
  if (thrown instanceof Error && 'status' in thrown && typeof thrown.status === 'number' && thrown.status >= 400 && thrown.status < 500) {
    return requestErrors.invalid(thrown.message || 'the request is not valid', {
      cause: thrown,
      next: 'Send a JSON body with content-type application/json.',
    })
  }
  return thrown
}
