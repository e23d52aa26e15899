// Reads a source, whatever it is: the content of a file says more than its name.
import { open, stat } from 'node:fs/promises'
import { isEntra, readEntra } from '#cloud/entra'
import { isOkta, readOkta } from '#cloud/okta'
import { isCollection, readCollection } from '#bloodhound/collection'
import {
  documentOfFile,
  documentsOfFolder,
  documentsOfZip,
  type SourceDocument,
} from '#files/documents.file'
import { isFields, listOf } from '#files/fields'
import { readLdap } from '#ldap/ldap.client'
import { readLdif } from '#ldap/ldif.file'
import type { Reading } from '#reading'
import type { ReadOptions, SourceSpec } from '#source'
import { SourceError } from '#source-error'
import { readCsv, readRows } from '#tables/table.file'

const headBytes = 4_096

/** The reading of a source. Throws a `SourceError` that says where and what to do. */
export async function readSource(spec: SourceSpec, options: ReadOptions): Promise<Reading> {
  if (spec.kind === 'ldap') return readLdap(spec, options)
  const { path, columns } = spec
  const isFolder = await stat(path).then(
    (it) => it.isDirectory(),
    () => {
      throw new SourceError(path, 'there is no such file or folder', 'name a file or a folder')
    },
  )
  if (isFolder) return readDocuments(path, await documentsOfFolder(path), columns, options)
  switch (await formOf(path)) {
    case 'zip':
      return readDocuments(path, await documentsOfZip(path), columns, options)
    case 'json':
      return readDocuments(path, [await documentOfFile(path)], columns, options)
    case 'ldif':
      return readLdif(path, options)
    case 'csv':
      return readCsv(path, columns, options)
  }
}

async function formOf(path: string): Promise<'zip' | 'json' | 'ldif' | 'csv'> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  const head = buffer.subarray(0, bytesRead)
  if (head.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))) return 'zip'
  // Whatever the encoding, what tells the forms apart is ASCII.
  const text = head
    .toString('latin1')
    .replaceAll(/[\0\u0080-\u00ff]/g, '')
    .trimStart()
  if (/^[{[]/.test(text)) return 'json'
  return /^(?:#[^\n]*\n(?: [^\n]*\n)*\s*)*(?:version:|dn:)/i.test(text) ? 'ldif' : 'csv'
}

function readDocuments(
  path: string,
  documents: readonly SourceDocument[],
  columns: Readonly<Record<string, string>> | undefined,
  options: ReadOptions,
): Reading {
  if (documents.some(({ content }) => isCollection(content))) {
    return readCollection(path, documents, options.now)
  }
  if (documents.some(({ content }) => isEntra(content))) {
    return readEntra(path, documents, options.now)
  }
  if (documents.some(({ content }) => isOkta(content))) {
    return readOkta(path, documents, options.now)
  }
  const [only, ...further] = documents
  if (only === undefined || further.length > 0) {
    throw new SourceError(path, 'no file here is of a kind that is known', 'name one file')
  }
  return readRows(path, rowsOf(only.content), columns, options)
}

/** The list itself, or the only list within an object. */
function rowsOf(content: unknown): ReturnType<typeof listOf> {
  if (!isFields(content)) return listOf(content)
  const lists = Object.values(content).filter((it) => Array.isArray(it))
  return listOf(lists.length === 1 ? lists[0] : [])
}
