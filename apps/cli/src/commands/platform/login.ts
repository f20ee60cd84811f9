import { requestErrors } from '@sluice/core'
import { keyHere, loginHere, urlForPeopleIn } from '@sluice/platform/state'
import { loginLink, ownerToken } from '@sluice/serve/owner'
import { command } from '../../cli/command.ts'
import type { Context } from '../../cli/context.ts'

export const login = command({
  path: 'login',
  summary: 'A new link that signs you in as the owner, once, within ten minutes; or the token for programs',
  options: [
    { flags: '--owner-token', description: 'print the owner’s token instead, which programs send as "Authorization: Bearer TOKEN"' },
  ],
  examples: ['sluice login', 'sluice login --owner-token'],
  run: async (context, line) => {
    if (context.global.url !== undefined) {
      throw requestErrors.invalid('this command works on the machine where Sluice runs', { next: 'Leave out --url.' })
    }
    if (line.flag('ownerToken')) {
      const token = ownerToken(await keyOf(context))
      context.output.result({ token }, () => token)
      return 0
    }
    const link = await newLink(context)
    context.output.result({ login: link }, () => `Sign in: ${link}\nIt works once, within ten minutes.`)
    return 0
  },
})

/** Without the configuration, where the state can be found without it. */
async function newLink(context: Context): Promise<string> {
  const here = await loginHere(context.root, process.env)
  if (here !== undefined) return loginLink(here.url, here.key, Date.now())
  const { running, loginUrl, settings } = await context.platform()
  if (running?.url != null) return loginUrl((await urlForPeopleIn(settings.stateDir)) ?? running.url)
  throw requestErrors.invalid('no Sluice runs here that a link could lead to', { next: 'Start it: sluice start. It prints a link, too.' })
}

async function keyOf(context: Context): Promise<string> {
  const key = await keyHere(context.root, process.env)
  if (key !== undefined) return key
  const { keyOf: keyIn } = await import('@sluice/serve/owner')
  return await keyIn((await context.platform()).settings.stateDir)
}
