import { expect, test } from 'vitest'
import { newClient } from '#core/clients/new-client.ts'
import { frameFinder } from '#core/logout/front-channel.ts'
import { subjects } from '#core/users/subject.ts'

const now = new Date('2026-03-01T12:00:00Z')
const issuer = 'https://op.test'
const { sidFor } = subjects('a-salt')

function anApp(id: string, subjectType: string) {
  const frontchannelLogout = { uri: `https://${id}.test/out` }
  const wishes = { id, name: id, redirectUris: [`https://${id}.test/cb`], frontchannelLogout, subjectType }
  return newClient(wishes, now).client
}

test('each app is told of the session by the sid that it knows', async () => {
  const apps = new Map(['plain', 'one', 'two'].map((id) => [id, anApp(id, id === 'plain' ? 'public' : 'pairwise')]))
  const findFrames = frameFinder({
    issuer,
    sidFor,
    clients: { find: async (id) => apps.get(id) },
    facts: {
      listReached: async ([sid = '']) => [...apps.keys()].map((clientId) => ({ sid, clientId, userId: 'usr_1' })),
    },
  })
  const sids = (await findFrames(['ses_1'])).map((uri) => new URL(uri).searchParams.get('sid'))
  expect(sids).toEqual([...apps.values()].map((client) => sidFor(client, 'ses_1')))
  expect(new Set(sids).size).toBe(3)
  expect(sids[0]).toBe('ses_1')
})
