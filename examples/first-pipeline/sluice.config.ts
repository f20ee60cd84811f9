import { env, httpConnection, project, secret } from 'sluice'

export default project({
  name: 'my-platform',
  timeZone: 'Europe/Paris',
  connections: {
    github: httpConnection({
      url: env('GITHUB_URL', { default: 'https://api.github.com', description: 'Where the API of GitHub is' }),
      token: secret('GITHUB_TOKEN', { description: 'A token of yours, from github.com/settings/tokens' }),
    }),
  },
  variables: { repository: env('ISSUES_OF', { default: 'nodejs/node', description: 'The repository whose issues are wanted' }) },
  platform: { mailGroups: { team: 'team@example.org' }, demo: { smtp: 'sluice/simulators/smtp' } },
  demo: { simulators: { github: './fixtures/github.ts' }, pipelines: ['issues'] },
})
