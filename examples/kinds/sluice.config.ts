import { project } from 'sluice'

export default project({ name: 'kinds' })
