import { project, secret } from 'sluice'

/** A project whose task looks for what is not its own. */
export default project({ name: 'pries', timeZone: 'UTC', secrets: { key: secret('PRIES_KEY') } })
