import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type NotKept, readForm } from './kept-form.ts'

const urlencoded = 'application/x-www-form-urlencoded'
const limits = { fieldsMaxCount: 50 }

describe('a form that is kept', () => {
  it('is sent again by a browser as the very same bytes, or is not kept', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('\r\n', '\n', '\r', 'a\r\nb', '\0', '\ufffd', '_charset_', 'UTF-8', ''),
    )
    const body = fc.oneof(
      fc
        .array(fc.tuple(text, text), { maxLength: 6 })
        .map((pairs) => new URLSearchParams(pairs).toString()),
      fc.stringMatching(/^[a-c=&%+0-9 ]{0,20}$/),
    )
    let kept = 0
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const read = await readForm(Buffer.from(sent), urlencoded, limits)
        if (read.kind !== 'kept') return
        kept += 1
        const pairs = read.fields.flatMap((field) =>
          field.kind === 'text' ? [[field.name, field.value]] : [],
        )
        assert.equal(sentByBrowser(pairs), sent)
      }),
    )
    assert.ok(kept > 0)
  })

  it('may come in parts, with a place for a file that was left empty', async () => {
    const part = (disposition: string, value: string) =>
      `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`
    const body = [
      part('name="note"', 'two\r\nlines "quoted" & <b>'),
      part('name="note"', 'é'),
      part('name="picture"; filename=""\r\nContent-Type: application/octet-stream', ''),
      '--x--\r\n',
    ].join('')
    const read = await readForm(Buffer.from(body), 'multipart/form-data; boundary=x', limits)
    assert.deepEqual(read, {
      kind: 'kept',
      packing: 'multipart/form-data',
      fields: [
        { kind: 'text', name: 'note', value: 'two\r\nlines "quoted" & <b>' },
        { kind: 'text', name: 'note', value: 'é' },
        { kind: 'empty-file', name: 'picture' },
      ],
    })
  })

  const file = new FormData()
  file.append('picture', new File(['x'], 'x.png'))
  const rows: readonly [string, string | FormData, string, NotKept][] = [
    ['a file', file, '', 'files'],
    ['JSON', '{}', 'application/json', 'no-form'],
    ['plain text', 'a=b', 'text/plain', 'no-form'],
    ['more fields than the bound', `a=${'&a='.repeat(50)}`, urlencoded, 'too-many-fields'],
    ['bytes that are not UTF-8', 'a=%FF', urlencoded, 'not-exact'],
    ['a field without a name', '=b', urlencoded, 'not-exact'],
    ['an encoding in its own words', '_charset_=latin1', urlencoded, 'not-exact'],
    ['lines that end otherwise', 'a=1%0A2', urlencoded, 'not-exact'],
    ['parts without a boundary', 'a=b', 'multipart/form-data', 'not-exact'],
    ['parts that break off', '--x\r\n', 'multipart/form-data; boundary=x', 'not-exact'],
  ]
  for (const [what, body, type, why] of rows) {
    it(`is not made of ${what}`, async () => {
      const read =
        typeof body === 'string'
          ? await readForm(Buffer.from(body), type, limits)
          : await readParts(body)
      assert.deepEqual(read, { kind: 'not-kept', why })
    })
  }
})

async function readParts(form: FormData) {
  const packed = new Response(form)
  const bytes = Buffer.from(await packed.arrayBuffer())
  return readForm(bytes, packed.headers.get('content-type') ?? '', limits)
}

/** HTML §4.10.21.4 and §4.10.21.5, for hidden fields. */
function sentByBrowser(pairs: readonly (readonly string[])[]): string {
  const lines = (text: string): string =>
    // What a parser of HTML makes of an attribute, and then what a form makes of that.
    text.replace(/\0/g, '\ufffd').replace(/\r\n?/g, '\n').replace(/\n/g, '\r\n')
  const sent = pairs
    .filter(([name = '']) => name !== '')
    .map(([name = '', value = '']): [string, string] => [
      lines(name),
      name.toLowerCase() === '_charset_' ? 'UTF-8' : lines(value),
    ])
  return new URLSearchParams(sent).toString()
}
