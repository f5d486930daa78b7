import { expect, test } from 'vitest'
import { aFile, failure, faults, strongSecret } from './sources.ts'

test('an error names the setting, where its value comes from, what is wrong, and the mend', () => {
  expect(failure({ env: { SIGNET_PORT: 'abc' } }).message).toBe(
    [
      'A setting is wrong.',
      '  listen.port (SIGNET_PORT): "abc" is not a whole number.\n    Write a whole number from 0 to 65535.',
    ].join('\n\n'),
  )
})

test('everything that is wrong is told at once', () => {
  const config = aFile('a.yaml', 'log:\n  level: loud\n')
  const env = { SIGNET_PORT: '70000', SIGNET_ISSUER: 'http://id.example.com' }
  const found = faults({ flags: { config, 'sessions.idle': '20d' }, env })
  expect(found.map(({ setting, source }) => `${setting} (${source})`)).toEqual([
    'issuer (SIGNET_ISSUER)',
    'listen.port (SIGNET_PORT)',
    `log.level (${config})`,
    'sessions.idle (the command line)',
  ])
})

test.each([
  ['SIGNET_ISUER', 'Did you mean SIGNET_ISSUER?'],
  ['SIGNET_KEY_SECRET_FILE', 'Did you mean SIGNET_KEYS_SECRET_FILE?'],
  ['SIGNET_PORTS', 'Did you mean SIGNET_PORT?'],
  ['SIGNET_WHATEVER_ELSE', 'Unset it, or see `signet config schema` for what can be set.'],
])('an unknown variable %s is an error', (name, mend) => {
  const source = 'the environment'
  expect(faults({ env: { [name]: 'x' } })).toEqual([
    { setting: name, source, fault: 'There is no such setting.', mend },
  ])
})

test.each(['SIGNET_PORT', 'SIGNET_MANAGEMENT_PORT'])('%s as Kubernetes sets it for a Service is explained', (name) => {
  const [found] = faults({ env: { [name]: 'tcp://10.0.0.1:3000' } })
  expect(found).toMatchObject({ source: name, fault: expect.stringContaining('Kubernetes sets this variable') })
  expect(found?.mend).toContain('enableServiceLinks: false')
})

test('an unknown setting in the file is an error, and so is one by flag', () => {
  const config = aFile('a.yaml', 'listen:\n  prot: 4000\nkeys: {}\n')
  expect(faults({ flags: { config, 'lisen.port': '1' } })).toEqual([
    { setting: 'listen.prot', source: config, fault: 'There is no such setting.', mend: 'Did you mean listen.port?' },
    expect.objectContaining({ setting: 'lisen.port', mend: 'Did you mean listen.port?' }),
  ])
})

test.each([
  ['listen: [', 'It is not YAML'],
  ['listen:\n  port: 1\nlisten:\n  port: 2\n', 'It is not YAML: Map keys must be unique'],
  ['- a list', 'It is not a mapping of settings.'],
])('a file that is not settings is an error: %j', (text, fault) => {
  const config = aFile('a.yaml', text)
  const [found] = faults({ flags: { config } })
  expect(found).toMatchObject({ setting: 'config', source: config })
  expect(found?.fault).toContain(fault)
})

test('a file that is not there is an error', () => {
  const [found] = faults({ flags: { config: 'nowhere.yaml' } })
  expect(found).toMatchObject({ source: 'nowhere.yaml', fault: 'The file cannot be read.' })
})

test.each([
  ['60', 'is not a duration', '10m'],
  ['1w', 'is not a duration', '10m'],
  ['-1s', 'is not a duration', '10m'],
  ['1s', 'is too short', 'from 5s to 1d'],
  ['2d', 'is too long', 'from 5s to 1d'],
])('a lifetime of %s is refused', (written, fault, mend) => {
  const [found] = faults({ env: { SIGNET_TOKENS_ACCESS_LIFETIME: written } })
  expect(found?.fault).toContain(fault)
  expect(found?.mend).toContain(mend)
})

test('settings that are right alone and wrong together are told', () => {
  const env = {
    SIGNET_TOKENS_REFRESH_IDLE: '100d',
    SIGNET_KEYS_ROTATE_EVERY: '10m',
    SIGNET_TOKENS_ACCESS_LIFETIME: '2h',
  }
  expect(faults({ env }).map(({ setting }) => setting)).toEqual([
    'tokens.refreshIdle',
    'tokens.accessLifetime',
    'keys.pollEvery',
  ])
})

test('`serve` needs an issuer and a secret, and says how to set them', () => {
  const env = { SIGNET_ISSUER: '', SIGNET_KEYS_SECRET: '' }
  expect(faults({ env })).toEqual([
    expect.objectContaining({ setting: 'issuer', source: 'not set', fault: '`signet serve` needs it.' }),
    expect.objectContaining({
      setting: 'keys.secret',
      source: 'not set',
      mend: expect.stringContaining('openssl rand'),
    }),
  ])
})

test('a command is stopped by what concerns it alone', () => {
  const env = { SIGNET_ISSUER: 'nonsense', SIGNET_PORT: 'x', SIGNET_KEYS_SECRET: strongSecret }
  const concerns = ['data.', 'database.']
  expect(() => failure({ env, mode: 'cli', concerns })).toThrow('the configuration was taken')
  const found = faults({ env: { ...env, DATABASE_URL: 'mysql://x' }, mode: 'cli', concerns })
  expect(found.map(({ setting }) => setting)).toEqual(['database.url'])
})
