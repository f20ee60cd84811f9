import { env, httpConnection, project, secret } from 'sluice'

export default project({
  name: 'my-platform',
  timeZone: 'UTC',
  connections: {
    github: httpConnection({
      url: env('GITHUB_API_URL', { default: 'https://api.github.com', description: 'Base URL of the API of GitHub' }),
      token: secret('GITHUB_TOKEN', { description: 'A token of GitHub; read access to public repositories is enough' }),
    }),
  },
  variables: { repository: env('GITHUB_REPOSITORY', { default: 'nodejs/node', description: 'Whose releases are collected: owner/name' }) },
  // What pipelines mail to: email('team'). In the demo a stand-in keeps the mails in .sluice/mails.
  platform: { mailGroups: { team: 'team@example.org' }, demo: { smtp: 'sluice/simulators/smtp' } },
  // "sluice demo" needs no network and no key: fixtures/github.ts answers in place of GitHub.
  demo: { simulators: { github: './fixtures/github.ts' }, pipelines: ['releases'] },
})
