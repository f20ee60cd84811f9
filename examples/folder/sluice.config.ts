import { project } from 'sluice'

export default project({ name: 'folder', timeZone: 'Europe/Paris' })
