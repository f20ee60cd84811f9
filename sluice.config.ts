import { platform } from 'sluice'

export default platform({ projects: ['projects/crypto-coincap'], demo: { smtp: '@sluice/simulator-smtp' } })
