// What becomes of a proxy's connection when something on it is not as it should be. Each was found
// by the wire fuzzer, or is a neighbour of what it found.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { questionText } from '#wire-fuzz/questions.fake'
import { proxySecret } from '#wire-fuzz/pieces.fake'
import { readAnswers } from '#wire-fuzz/reader.fake'
import type { World } from '#world.fake'
import { beginExternal, externalPort, secret } from './front.fake.ts'

describe('a connection on which a proxy asks', () => {
  let world: World
  before(async () => {
    assert.equal(secret, proxySecret)
    world = await beginExternal()
  })
  after(() => world.end())

  const statuses = async (text: string): Promise<readonly (number | undefined)[]> => {
    const received = await world.exchange(text, externalPort(world))
    const answers = readAnswers(received, ['GET', 'GET', 'GET', 'GET'])
    assert.ok(answers, received)
    return answers.map(({ status }) => status)
  }

  it('ends with a question that wanted another protocol, so that no byte behind it is a question', async () => {
    const h2c = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk']
    assert.deepEqual(await statuses(questionText('/a', ...h2c) + questionText('/b')), [200])
    const asking = world.dial(externalPort(world))
    const socket = await asking
    let received = ''
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
    socket.on('error', () => {})
    const text = questionText('/a', 'Content-Length: 3', ...h2c)
    // A part of the body comes with the head and is lost; the rest must not be read as a question.
    socket.write(`${text}ab`)
    socket.write(`c${questionText('/b')}`)
    await new Promise<void>((resolve) => socket.once('close', () => resolve()))
    assert.equal(readAnswers(received, ['GET', 'GET'])?.length, 1)
  })

  for (const [what, lines] of [
    ['names two codings', ['Transfer-Encoding: gzip, chunked']],
    ['wants what nobody can', ['Expect: 200-ok']],
  ] as const) {
    it(`ends with a question that ${what}: nothing behind it is answered`, async () => {
      const text = `${questionText('/a', ...lines)}0\r\n\r\n${questionText('/b')}`
      assert.deepEqual(await statuses(text), [400])
    })
  }

  it('ends with a chunked question in HTTP/1.0, which has two ends', async () => {
    const first = questionText('/a', 'Transfer-Encoding: chunked', 'Connection: keep-alive')
    const text = `${first.replace('HTTP/1.1', 'HTTP/1.0')}0\r\n\r\n${questionText('/b')}`
    assert.deepEqual(await statuses(text), [400])
  })

  it('gives questions that are whole their answers, and what follows them one of its own or none', async () => {
    const received = await world.exchange(
      `${questionText('/a')}${questionText('/b')}G\0T / HTTP/1.1\r\n\r\n`,
      externalPort(world),
    )
    const answers = readAnswers(received, ['GET', 'GET', 'GET']) ?? []
    assert.deepEqual(
      answers.slice(0, 2).map(({ status }) => status),
      [200, 200],
    )
    assert.ok(answers.slice(2).every(({ status }) => status === 400))
  })

  it('serves a program that waits to be asked for its body', async () => {
    const body = JSON.stringify({})
    const received = await world.exchange(
      [
        'POST /access/v1/evaluation HTTP/1.1',
        'Host: open.localhost',
        `Authorization: Bearer ${secret}`,
        'Content-Type: application/json',
        'Expect: 100-continue',
        'Connection: close',
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\r\n'),
      externalPort(world),
    )
    assert.match(received, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 /)
  })

  it('that ends within its first words is let go', async () => {
    const socket = await world.dial(externalPort(world))
    socket.on('error', () => {})
    socket.end('PRI * HT')
    socket.resume()
    await new Promise<void>((resolve) => socket.once('close', () => resolve()))
  })
})
