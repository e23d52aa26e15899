import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { messageMaxCharacters, readXml, SamlFault, textOf } from './xml.ts'
import { xml, xmlText } from './xml-write.ts'

const bomb = [
  '<!DOCTYPE a [<!ENTITY x "ha">',
  ...Array.from({ length: 9 }, (_, n) => `<!ENTITY x${n} "${'&x;'.repeat(10)}">`),
  ']><a>&x9;</a>',
].join('')

describe('XML', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['a document type', '<!DOCTYPE a><a/>'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://example.org/x">%x;]><a/>'],
    ['entities that expand', bomb],
    ['an entity that nobody declared', '<a>&x;</a>'],
    ['a comment', '<a>user@example.org<!---->.evil.org</a>'],
    ['a CDATA section', '<a><![CDATA[<b/>]]></a>'],
    ['a processing instruction', '<a><?php evil ?></a>'],
    ['a style sheet', '<?xml-stylesheet href="evil.xsl"?><a/>'],
    ['another encoding', '<?xml version="1.0" encoding="UTF-7"?><a/>'],
    ['another version', '<?xml version="1.1"?><a/>'],
    ['two elements of one ID', '<a ID="_1"><b ID="_1"/></a>'],
    ['two elements of one ID in two spellings', '<a ID="_1"><b id="_1"/></a>'],
    ['two elements of one ID in two namespaces', '<a ID="_1"><b xmlns:x="u" x:Id="_1"/></a>'],
    ['an attribute twice', '<a x="1" x="2"/>'],
    ['an attribute twice by two prefixes', '<a xmlns:p="u" xmlns:q="u" p:x="1" q:x="2"/>'],
    ['a prefix that nobody declared', '<x:a/>'],
    ['an attribute of such a prefix', '<a x:b="1"/>'],
    ['two roots', '<a/><b/>'],
    ['text behind its end', '<a/>text'],
    ['text before its beginning', 'text<a/>'],
    ['tags that cross', '<a><b></a></b>'],
    ['a tag that is left open', '<a><b></a>'],
    ['an end that is cut off', '<a>x</a'],
    ['an attribute without quotes', '<a b=c/>'],
    ['a bare ampersand', '<a>a & b</a>'],
    ['a less-than in an attribute', '<a b="<"/>'],
    ['a character that XML has not', '<a>\u0000</a>'],
    ['such a character by its number', '<a>&#0;</a>'],
    ['half of a character', '<a>&#xD800;</a>'],
    ['nothing', ''],
    ['only white space', ' \n'],
    ['too many levels', `${'<a>'.repeat(41)}${'</a>'.repeat(41)}`],
    ['too many levels to walk', `${'<a>'.repeat(30_000)}${'</a>'.repeat(30_000)}`],
    ['too many elements', `<a>${'<b/>'.repeat(5_001)}</a>`],
    ['too many attributes', `<a ${Array.from({ length: 65 }, (_, n) => `x${n}="1"`).join(' ')}/>`],
    ['too many characters', `<a>${'x'.repeat(messageMaxCharacters)}</a>`],
  ]
  for (const [what, text] of refused) {
    it(`is refused with ${what}`, () => assert.throws(() => readXml(text), SamlFault))
  }

  const accepted: readonly (readonly [string, string])[] = [
    ['a declaration', '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<a/>'],
    ['a mark of its byte order', '\uFEFF<a/>'],
    ['line ends of other systems', '<a>\r\n</a>\r\n'],
    ['a greater-than in an attribute', '<a b="x>y/>z"/>'],
    ['characters by their number', '<a>&#65;&#x42;</a>'],
    ['white space in its tags', '<a b = "1" ><b /></a >'],
  ]
  for (const [what, text] of accepted) {
    it(`is read with ${what}`, () => assert.equal(readXml(text).localName, 'a'))
  }

  it('is read back as it was written, whatever the texts are', () => {
    const character = fc
      .integer({ min: 0x20, max: 0x2fff })
      .filter((code) => code < 0x7f || code > 0x9f)
      .map((code) => String.fromCodePoint(code))
    const texts = fc.string({ unit: character, maxLength: 60 })
    fc.assert(
      fc.property(texts, texts, (text, value) => {
        const root = readXml(xmlText(xml('saml:NameID', { Format: value }, text)))
        assert.equal(textOf(root), text.trim())
        assert.equal(root.getAttribute('Format'), value)
      }),
      { numRuns: 200 },
    )
  })

  it('never makes a second element of a text', () => {
    const text = xmlText(xml('saml:NameID', { Format: '"/><evil a="' }, '</saml:NameID><evil/>'))
    assert.equal(readXml(text).firstChild?.nodeType, 3)
  })
})
