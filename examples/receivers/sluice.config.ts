import { project, secret } from 'sluice'

export default project({
  name: 'shop',
  timeZone: 'Europe/Paris',
  platform: {
    mailGroups: { team: 'team@example.org' },
    receivers: {
      slack: { ops: { url: secret('OPS_SLACK_URL') } },
      teams: { management: { url: secret('MANAGEMENT_TEAMS_URL') } },
      webhook: { portal: { url: secret('PORTAL_URL'), key: secret('PORTAL_KEY') } },
      pagerduty: { 'on-call': { key: secret('ON_CALL_PAGERDUTY_KEY') } },
      opsgenie: { 'on-call': { key: secret('ON_CALL_OPSGENIE_KEY') } },
    },
  },
})
