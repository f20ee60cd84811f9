import { onExceededModes, type Platform, type Project } from '@sluice/author'
import { z } from 'zod'

/** Checks what `platform(...)` and `project(...)` return: a configuration is not type-checked before it runs. */

const text = z.string().min(1)
const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable')
const envValue = z.strictObject(
  { env: envName, default: z.string().optional(), secret: z.boolean(), description: z.string().optional() },
  { error: "expected env('NAME') or secret('NAME')" },
)
const isLanguage = (tag: string): boolean => /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag)
const timeZone = text.refine(isTimeZone, 'expected an IANA zone such as Europe/Paris')

const amount = z.union([z.number().min(0), envValue], { error: "expected a number or env('NAME')" })
const planned = z.union([
  z.strictObject({ calls: z.int().min(1), bytesPerCall: amount }),
  z.strictObject({ items: amount, itemsPerCall: z.int().min(1), bytesPerItem: amount }),
])
const budget = z.strictObject(
  {
    connection: text,
    creditsPerMonth: amount,
    tariff: z.strictObject({ perCall: amount, bytesPerCredit: amount }),
    reserve: z.number().min(0).lt(1),
    onExceeded: z.union([z.enum(onExceededModes), envValue], { error: `expected ${onExceededModes.join(', ')} or env('NAME')` }),
    uses: z.array(z.strictObject({ pipeline: text, perRun: z.array(planned), degraded: z.array(planned).optional() })),
  },
  { error: 'expected budget({ ... })' },
)

const duration = z.string().regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, "expected a duration such as '30d'")
const smallFiles = z.strictObject({
  files: z.int().min(0).optional(),
  smallBytes: z.int().min(1).optional(),
  deletedShare: z.number().min(0).max(1).optional(),
  budgetBytes: z.int().min(1).optional(),
})
const retention = z.strictObject({
  keep: duration.optional(),
  column: text.optional(),
  versions: duration.optional(),
  exports: z.int().min(1).optional(),
  smallFiles: z.union([smallFiles, z.literal(false)]).optional(),
})
const lake = z.strictObject({
  bronze: retention.optional(),
  silver: retention.optional(),
  gold: retention.optional(),
  datasets: z.record(z.string().regex(/^(bronze|silver|gold)\.\w+$/, 'expected a dataset such as silver.assets'), retention).optional(),
})

const addresses = z
  .string()
  .regex(/^[^\s@<>,]+@[^\s@<>,]+(\s*,\s*[^\s@<>,]+@[^\s@<>,]+)*$/, "expected addresses such as 'a@example.org, b@example.org'")

const httpAuth = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('basic'), user: envValue, password: envValue }),
    z.strictObject({
      kind: z.literal('oauth'),
      tokenUrl: text,
      clientId: envValue,
      clientSecret: envValue,
      refreshToken: envValue.exactOptional(),
      scope: text.exactOptional(),
      clientIn: z.enum(['body', 'basic']).exactOptional(),
      params: z.record(z.string(), text).exactOptional(),
    }),
  ],
  { error: 'expected basicAuth({ ... }) or oauth({ ... })' },
)

const httpConnection = z.strictObject({
  type: z.literal('http'),
  url: envValue,
  token: envValue.optional(),
  tokenIn: z.union([z.strictObject({ header: text }), z.strictObject({ query: text })]).exactOptional(),
  secrets: z.array(text).exactOptional(),
  redirects: z.array(text).exactOptional(),
  limits: z.array(z.strictObject({ calls: z.int().min(1), per: duration })).exactOptional(),
  auth: httpAuth.exactOptional(),
})
const postgresConnection = z.strictObject({ type: z.literal('postgres'), url: envValue })

const mailGroups = z.record(text, addresses)
const hidden = envValue.refine(({ secret }) => secret, "expected secret('NAME'): who knows it can send messages")
export const messageTemplate = z.record(z.string(), z.json())
const receiverOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.record(text, z.strictObject({ ...shape, template: messageTemplate.exactOptional() })).exactOptional()
const account = receiverOf({ key: hidden, url: envValue.exactOptional() })
const receivers = z.strictObject({
  slack: receiverOf({ url: hidden }),
  teams: receiverOf({ url: hidden }),
  webhook: receiverOf({ url: hidden, key: hidden }),
  pagerduty: account,
  opsgenie: account,
})
const platformDemo = z.strictObject({ smtp: text.optional() })

/** The values of settings are checked where they are resolved, since most come from elsewhere. */
export const platformSchema = z.object({
  kind: z.literal('platform'),
  projects: z.array(text),
  mailGroups,
  receivers,
  demo: platformDemo,
  settings: z.record(z.string(), z.unknown()),
})

export const projectSchema = z.object({
  kind: z.literal('project'),
  name: text,
  description: z.string().optional(),
  timeZone,
  language: text.refine(isLanguage, 'expected a language such as en or fr').default('en'),
  lake: lake.default({}),
  warehouse: z.object({
    database: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expected a database name: lower-case letters, digits, underscores')
      // What lies in a template lies in each database that is made later, and none is made while somebody is connected to it.
      .refine(
        (name) => !['template0', 'template1'].includes(name),
        'expected a database of its own: PostgreSQL makes new ones from this one',
      )
      .refine((name) => name !== 'sluice', 'expected a database of its own: in "sluice" lies what the platform knows'),
  }),
  connections: z.record(
    text,
    z.union([httpConnection, postgresConnection], {
      error: 'expected httpConnection({ url, token, auth, tokenIn, secrets, redirects, limits }) or postgresConnection({ url })',
    }),
  ),
  variables: z.record(text, envValue),
  secrets: z.record(text, envValue),
  budgets: z.record(text, budget),
  demo: z.object({
    simulators: z.record(text, text),
    pipelines: z.array(text),
    report: z.string().startsWith('gold.', 'expected a dataset such as gold.reports').optional(),
    history: z
      .strictObject({
        days: z.int().min(1),
        every: text,
        connection: text,
        pipeline: text,
      })
      .optional(),
  }),
  platform: z
    .looseObject({ mailGroups: mailGroups.exactOptional(), receivers: receivers.exactOptional(), demo: platformDemo.exactOptional() })
    .optional(),
})

/** Of the root: a platform, or the one project of one. */
export const rootSchema = z.discriminatedUnion('kind', [platformSchema, projectSchema])

export const asRoot = (value: z.infer<typeof rootSchema>): Platform | Project => value as Platform | Project
export const asProject = (value: z.infer<typeof projectSchema>): Project => value as Project

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
