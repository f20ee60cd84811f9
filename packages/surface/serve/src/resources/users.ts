import { z } from '@hono/zod-openapi'
import { given } from '@sluice/core'
import { endpoint } from '../endpoint.ts'
import { newUser, user, userChange } from '../schemas/users.ts'
import { onePage, pageOf } from '../schemas/values.ts'

const tag = 'users'
const params = z.object({ username: z.string() })

export const listUsers = endpoint({
  method: 'get',
  path: '/users',
  tag,
  summary: 'Who may sign in',
  answer: pageOf(user),
  handle: async ({ users }) => onePage(await users.list()),
})

export const createUser = endpoint({
  method: 'post',
  path: '/users',
  tag,
  summary: 'Let somebody sign in',
  body: newUser,
  status: 201,
  answer: user,
  handle: ({ users }, { body }) => users.create(body),
})

export const changeUser = endpoint({
  method: 'patch',
  path: '/users/{username}',
  tag,
  summary: 'Change a user; a new password, and disabling, end the sessions of the user',
  params,
  body: userChange,
  answer: user,
  handle: ({ users }, { params, body }) => users.change(params.username, given(body)),
})

export const deleteUser = endpoint({
  method: 'delete',
  path: '/users/{username}',
  tag,
  summary: 'Remove a user and end their sessions',
  params,
  answer: z.object({ deleted: z.string() }),
  handle: async ({ users }, { params: { username } }) => {
    await users.remove(username)
    return { deleted: username.toLowerCase() }
  },
})
