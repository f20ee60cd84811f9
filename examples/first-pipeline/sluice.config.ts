import { project } from 'sluice'

export default project({ name: 'first-pipeline', timeZone: 'Europe/Paris' })
