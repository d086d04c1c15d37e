/** The logins that are derived from the owner's: one password each, and a verifier Postgres takes. @module */
import { randomBytes } from 'node:crypto'
import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { failureOf } from './database.fixture.ts'
import { databaseCodeOf } from './db.ts'
import { credentialsOf, loginPassword, loginUrl, scramVerifier } from './login.ts'

test('a password is HMAC-SHA-256 of the domain, a zero byte and the role, under the owner’s', () => {
  // printf 'sez-login-v1\0zone_corridor' | openssl dgst -sha256 -hmac sesame -binary | basenc --base64url
  expect(loginPassword('sesame', 'zone_corridor')).toBe(
    'ikLyYi6k8ldzYzcspvQKDcDSjp9TmpGQto5TZIsqVXo',
  )
  expect(loginPassword('sesame', 'zone_entities')).not.toBe(
    loginPassword('sesame', 'zone_corridor'),
  )
  expect(loginPassword('sésame', 'zone_corridor')).toMatch(/^[\w-]{43}$/u)
})

test('an address of a role keeps all but the user and the password', () => {
  const owner = 'postgres://own%40er:se%2Fsame@db.example:6432/a%20b?sslmode=require'
  expect(credentialsOf(owner)).toEqual({ user: 'own@er', password: 'se/same' })
  const url = loginUrl(owner, 'zone_a/é', 'se/same')
  expect(credentialsOf(url)).toEqual({
    user: 'zone_a/é',
    password: loginPassword('se/same', 'zone_a/é'),
  })
  expect(url.slice(url.indexOf('@'))).toBe('@db.example:6432/a%20b?sslmode=require')
  expect(loginUrl(owner, 'zone_a', null)).toBe(
    'postgres://zone_a@db.example:6432/a%20b?sslmode=require',
  )
  expect(credentialsOf('postgres://db.example/a')).toEqual({ user: null, password: null })
})

test('a verifier is the one of RFC 7677’s example', () => {
  const salt = Uint8Array.from(Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))
  expect(scramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$' +
      'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  )
  expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'))
})

test('Postgres lets in whoever has the password of a verifier, and nobody else', async () => {
  const { url } = inject('postgres')
  const role = `sez_login_${randomBytes(5).toString('hex')}`
  const admin = postgres(url, { max: 1 })
  onTestFinished(async () => {
    await admin.unsafe(`drop role if exists ${role}`)
    await admin.end()
  })
  await admin.unsafe(`create role ${role} login password '${scramVerifier('pencil')}'`)
  const [kept] = await admin<{ own: boolean }[]>`
    select rolpassword like 'SCRAM-SHA-256$%' as own from pg_authid where rolname = ${role}`
  expect(kept).toEqual({ own: true })
  const own = postgres(url, { max: 1, user: role, pass: 'pencil' })
  expect([...(await own`select current_user as is`)]).toEqual([{ is: role }])
  await own.end()
  // A server that trusts everybody asks for no password.
  if (credentialsOf(url).password === null) return
  const wrong = postgres(url, { max: 1, user: role, pass: 'pencils' })
  expect(databaseCodeOf(await failureOf(wrong`select 1`))).toBe('28P01')
  await wrong.end()
})
